/** Which IP addresses a webhook may reach: its URL comes from users and must not lead into our own network (T38). */
import ipaddr from 'ipaddr.js';

/** All IPv6 addresses on the Internet are in this block. Old notations of IPv4 addresses are outside it. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number];

/** Whether the address is reachable from everywhere: not loopback, private, link-local, carrier-grade NAT, mapped, translated or reserved. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const read = ipaddr.process(address);
  if (read.range() !== 'unicast') return false;
  return read.kind() === 'ipv4' || (read as ipaddr.IPv6).match(GLOBAL_IPV6);
}
