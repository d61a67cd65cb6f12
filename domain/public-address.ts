/** Addresses that somebody else's choice of a URL may lead us to (T38). */
import ipaddr from 'ipaddr.js';

/** IPv6 has given out nothing else for use on the Internet; outside of it lie the old spellings of IPv4, too. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number];

/** Only what is reachable from anywhere: not loopback, private, link-local, carrier, mapped, translated or reserved. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const read = ipaddr.process(address);
  if (read.range() !== 'unicast') return false;
  return read.kind() === 'ipv4' || (read as ipaddr.IPv6).match(GLOBAL_IPV6);
}
