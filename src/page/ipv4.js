/** @param {string} ip dotted decimal */
export function toNumber(ip) {
  return ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

/** @param {number} value */
export function toIp(value) {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}
