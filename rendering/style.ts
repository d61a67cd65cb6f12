/**
 * The style sheet of all pages, inline in each. A 4 px grid, radius 8, hairlines and one accent. Green and red only for outcomes and the
 * two buttons, amber for warnings. Colour is never the only sign.
 */
import { createHash } from 'node:crypto';

export const TOKENS = {
  light: {
    bg: '#f6f7f9',
    card: '#ffffff',
    soft: '#f1f2f6',
    line: '#d5d9e2',
    edge: '#7c8496',
    text: '#14171f',
    dim: '#525a6b',
    accent: '#4f46e5',
    ok: '#15803d',
    'ok-text': '#ffffff',
    no: '#b91c1c',
    'no-soft': '#fef2f2',
    warn: '#7a4500',
    'warn-soft': '#fff7e6',
    'warn-line': '#d98a10',
  },
  dark: {
    bg: '#0e1015',
    card: '#161920',
    soft: '#1d212a',
    line: '#353b48',
    edge: '#7c8496',
    text: '#eceef4',
    dim: '#a5adbd',
    accent: '#a5b0ff',
    ok: '#4ade80',
    'ok-text': '#052e13',
    no: '#fca5a5',
    'no-soft': '#2a1517',
    warn: '#fcd58a',
    'warn-soft': '#2a2010',
    'warn-line': '#b7791f',
  },
} as const;

const tokens = (of: Record<string, string>): string =>
  Object.entries(of)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');

export const STYLE = `
:root{color-scheme:light dark;${tokens(TOKENS.light)}}
@media (prefers-color-scheme:dark){:root{${tokens(TOKENS.dark)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
.wrap{max-width:672px;margin:0 auto;padding-left:16px;padding-right:16px}
.top{border-bottom:1px solid var(--line);background:var(--card)}
.top .wrap{display:flex;flex-wrap:wrap;gap:0 16px;justify-content:space-between;align-items:center;padding-top:12px;padding-bottom:12px}
.brand{font-weight:650;letter-spacing:-.01em;color:inherit;text-decoration:none}
.brand span{color:var(--accent);margin-right:8px}
.you{color:var(--dim);overflow-wrap:anywhere}
main{padding-top:24px;padding-bottom:32px}
h1{font-size:22px;line-height:28px;font-weight:650;margin:0 0 12px;overflow-wrap:anywhere}
h1.ask{font-size:20px;font-weight:500}
h1 .action{display:block;font-size:24px;line-height:32px;font-weight:650;letter-spacing:-.01em}
h2{font-size:16px;line-height:1.5;font-weight:650;margin:0}
p{margin:0 0 8px}
section{margin:24px 0 0}
h2+form{margin-top:8px}
code,.mono,.value{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:15px}
a{color:var(--accent)}
.dim{color:var(--dim)}
.facts{display:flex;flex-wrap:wrap;gap:8px 12px;align-items:center;margin:0}
.badge{display:inline-block;border:1px solid var(--line);border-radius:8px;padding:0 8px;font-weight:650;font-size:15px;line-height:26px;background:var(--card)}
.badge.high{background:var(--warn-soft);border-color:var(--warn-line);color:var(--warn)}
.badge.critical{background:var(--warn);border-color:var(--warn);color:var(--card)}
.badge.approved{color:var(--ok);border-color:var(--ok)}
.badge.denied{color:var(--no);border-color:var(--no)}
.box{border:1px solid var(--line);border-radius:8px;background:var(--card);margin-top:8px;overflow:hidden}
.box>p{padding:12px 16px;margin:0}
.box>h3{padding:12px 16px 0;margin:0;overflow-wrap:anywhere}
.ref{overflow-wrap:anywhere}
.ref>summary{cursor:pointer;padding:12px 16px;min-height:48px;border-top:1px solid var(--line)}
.ref>p,.ref>pre{padding:0 16px 12px;margin:0}
.ref>ul{margin:0;padding:0 16px 12px 36px}
nav>.ref:first-child>summary{border-top:0}
.note{border:1px solid var(--line);border-radius:8px;padding:12px 16px;margin:16px 0;background:var(--card)}
main>.note:first-child{margin-top:0}
main>.note+h1{margin-top:24px}
.note p:last-child,.note ul:last-child{margin-bottom:0}
.note.warn{background:var(--warn-soft);border-color:var(--warn-line);color:var(--warn)}
.note.error{background:var(--no-soft);border-color:var(--no);color:var(--no)}
.note.result{border-left-width:4px;border-left-color:var(--accent)}
.note.result.approved{border-left-color:var(--ok)}
.note.result.denied{border-left-color:var(--no)}
.note.result.expired,.note.result.cancelled{border-left-color:var(--dim)}
.note .quote{white-space:pre-wrap;overflow-wrap:anywhere;color:var(--dim);border-left:2px solid var(--line);padding-left:12px}
.note ul{margin:4px 0 0;padding-left:20px;overflow-wrap:anywhere}
dl{margin:0}
.f{display:grid;grid-template-columns:minmax(112px,32%) minmax(0,1fr);gap:0 16px;padding:8px 16px;border-top:1px solid var(--line)}
.f:first-child{border-top:0}
.f.in{display:block}
.f dt{color:var(--dim);font-size:15px;line-height:24px;overflow-wrap:anywhere;unicode-bidi:isolate}
.f dd{margin:0;min-width:0}
.f.in>dd>dl{border-left:2px solid var(--line);margin-top:4px}
.f.in .f{border-top:0;padding:4px 0 4px 12px}
.f.in .f .f .f .f{padding-left:4px}
.value{white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:isolate;max-width:100%}
.v{display:flex;flex-wrap:wrap;gap:0 12px;align-items:baseline}
.v>*{min-width:0}
.v>.host,.v>details{flex-basis:100%}
.hint{font-weight:600}
.hint+.value{color:var(--dim)}
.size{color:var(--dim)}
.host{display:block;color:var(--dim)}
mark{background:var(--warn-soft);color:var(--warn);border-radius:4px;padding:0 4px;outline:1px solid var(--warn-line)}
details.fold>summary{cursor:pointer;padding:12px 16px;color:var(--dim);border-top:1px solid var(--line);list-style:none;min-height:48px}
details.fold>summary::-webkit-details-marker{display:none}
details.fold>summary b{color:var(--accent);font-weight:600;text-decoration:underline;text-underline-offset:2px}
dd details.fold>summary{padding:8px 0;border:0}
details.fold[open]>summary .closed,details.fold:not([open])>summary .opened{display:none}
details.fold .f:first-of-type{border-top:1px solid var(--line)}
.digest{margin:8px 0 0;color:var(--dim);font-size:14px;overflow-wrap:anywhere}
.digest code{display:block;font-size:14px;user-select:all}
.says{background:var(--soft);border-style:dashed}
.says .f,.says .value{color:var(--dim)}
.says .f{border-color:transparent;padding-top:4px;padding-bottom:4px}
.says p{color:var(--dim);padding-bottom:4px}
.says>dl{padding-bottom:8px}
ul.votes{list-style:none;margin:4px 0 0;padding:0}
ul.votes q,ul.votes blockquote{display:block;margin:0 0 4px;padding-left:12px;border-left:2px solid var(--line);white-space:pre-wrap;overflow-wrap:anywhere;color:var(--dim);quotes:none}
.levels{list-style:none;margin:8px 0 0;padding:0}
.levels>li{border:1px solid var(--line);border-radius:8px;background:var(--card);padding:12px 16px;margin-top:8px}
.levels p{margin:0}
label{display:block;font-weight:600;margin:0 0 4px}
textarea,input[type=email],input[type=text],select{width:100%;font:inherit;color:inherit;background:var(--card);border:1px solid var(--edge);border-radius:8px;padding:12px;min-height:48px}
textarea{min-height:80px;resize:vertical;display:block}
button,.button{font:inherit;font-weight:650;min-height:48px;border-radius:8px;border:1px solid var(--accent);background:var(--card);color:var(--accent);padding:12px 20px;cursor:pointer;text-decoration:none;display:inline-block;text-align:center}
button.approve{background:var(--ok);border-color:var(--ok);color:var(--ok-text)}
button.deny{border-color:var(--no);color:var(--no)}
button.plain{border-color:transparent;background:none;padding:12px 8px;margin-left:-8px;font-weight:500;text-decoration:underline;text-underline-offset:2px}
.after,main>p.dim{margin-top:16px}
button.primary{background:var(--accent);border-color:var(--accent);color:var(--card)}
form>p+button{margin-top:8px}
.message{padding:16px}
.message>p{padding:0;margin:0 0 12px}
.bar{display:flex;gap:16px;margin-top:16px}
.bar button,.bar .button{flex:1}
.bar .gate{display:none;flex:1;align-self:center;color:var(--dim);margin:0;line-height:20px}
main:has(.box:not(.says) details.fold:not([open])) .bar .approve{display:none}
main:has(.box:not(.says) details.fold:not([open])) .bar .gate{display:block}
.more{display:flex;flex-wrap:wrap;gap:0 16px;align-items:center;margin-top:8px;color:var(--dim)}
.rows{list-style:none;margin:16px 0 0;padding:0;border:1px solid var(--line);border-radius:8px;background:var(--card)}
.rows>li{border-top:1px solid var(--line)}
.rows>li:first-child{border-top:0}
.rows a{display:block;padding:12px 16px;color:inherit;text-decoration:none;overflow-wrap:anywhere}
.rows a>span{display:block}
.rows a>.facts{display:flex;margin:4px 0}
.rows a:hover .mono{text-decoration:underline}
.rows .mono{font-weight:650;display:block}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:0;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:14px;line-height:1.5}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
@media (max-width:640px){
code,.mono,.value,.f dt,.badge,pre,.digest,.digest code{font-size:16px}
.f.long{display:block}
a.brand{padding:12px 0;margin:-12px 0}
.host a{display:inline-block;padding:12px 0}
main.decide{padding-bottom:112px}
.bar{position:fixed;left:0;right:0;bottom:0;margin:0;padding:12px 16px calc(12px + env(safe-area-inset-bottom));background:var(--card);border-top:1px solid var(--line);z-index:1}
:target,:focus{scroll-margin-bottom:96px}
}
@media (prefers-reduced-motion:no-preference){button{transition:filter .1s}button:active{filter:brightness(.92)}}
@media print{.bar,.more{display:none}}
`;

/** For `style-src` of the Content-Security-Policy, which then allows only this sheet. */
export const styleSource = (): string => `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;
