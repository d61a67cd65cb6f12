/** Dependencies of the routes besides the application: settings of the HTTP server, and the keys for signing and encrypting. */
import type { Deps } from '../../application/deps';
import type { Config } from '../../config';
import type { KeyRing } from '../../encryption/keys';

export interface HttpDeps extends Deps {
  settings: Pick<Config, 'trustedProxies' | 'metricsToken' | 'webhookAllowHosts' | 'outboxDir' | 'mail'>;
  rings: {
    link: KeyRing<'link-token'>;
    csrf: KeyRing<'page-nonce'>;
    user: KeyRing<'user-token'>;
    seal: KeyRing<'seal'>;
  };
}
