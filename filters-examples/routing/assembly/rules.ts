import { cookie, equal, hash, startsWith, withHead } from "./bytes";

/** The whole of a percentage: percentages have two decimals. */
export const WHOLE: u32 = 10000;

/** What the rules may ask of the current request. Empty means absent. */
export abstract class Request {
  abstract header(name: ArrayBuffer): ArrayBuffer;
  abstract random(): f64;
}

const COOKIE = String.UTF8.encode("cookie");
export const PATH = String.UTF8.encode(":path");

/** Where a rule finds a value: in a header, or in a cookie. */
export class Source {
  constructor(private name: ArrayBuffer, private isCookie: bool) {}

  value(request: Request): ArrayBuffer | null {
    if (this.isCookie) return cookie(request.header(COOKIE), this.name);
    const value = request.header(this.name);
    return value.byteLength == 0 ? null : value;
  }
}

/** One reason to send a request to a target. All that is given must hold. */
export class Rule {
  target: ArrayBuffer = new ArrayBuffer(0);
  pathPrefix: ArrayBuffer | null = null;
  /** A value that must be there. */
  present: Source | null = null;
  /** What that value must be; null: anything. */
  value: ArrayBuffer | null = null;
  /** In hundredths of a percent. */
  share: u32 = WHOLE;
  /** What decides who belongs to the share; null, or absent from a request: chance. */
  shareBy: Source | null = null;

  fits(request: Request): bool {
    const prefix = this.pathPrefix;
    if (prefix && !startsWith(request.header(PATH), prefix)) return false;
    const present = this.present;
    if (present) {
      const found = present.value(request);
      if (!found) return false;
      const wanted = this.value;
      if (wanted && !equal(found, wanted)) return false;
    }
    return this.share == WHOLE || this.draw(request) < this.share;
  }

  /** A number below WHOLE. A share that grows keeps everybody it had: the number does not depend on it. */
  private draw(request: Request): u32 {
    const by = this.shareBy;
    const value = by ? by.value(request) : null;
    return value ? hash(this.target, value) % WHOLE : <u32>(request.random() * <f64>WHOLE);
  }
}

export class Rewrite {
  constructor(private prefix: ArrayBuffer, private replacement: ArrayBuffer) {}

  /** The path to go on with; null if it is none of this rewrite's. */
  apply(path: ArrayBuffer): ArrayBuffer | null {
    return startsWith(path, this.prefix) ? withHead(path, this.prefix.byteLength, this.replacement) : null;
  }
}

/** One configuration. */
export class Rules {
  routeHeader: ArrayBuffer = String.UTF8.encode("x-route-to");
  fallback: ArrayBuffer = String.UTF8.encode("stable");
  rules: Rule[] = [];
  rewrites: Rewrite[] = [];

  /** The target of the first rule that fits. */
  target(request: Request): ArrayBuffer {
    for (let i = 0; i < this.rules.length; i++) {
      if (this.rules[i].fits(request)) return this.rules[i].target;
    }
    return this.fallback;
  }

  /** The path changed by the first rewrite that fits; null if none does. */
  rewrite(request: Request): ArrayBuffer | null {
    if (this.rewrites.length == 0) return null;
    const path = request.header(PATH);
    for (let i = 0; i < this.rewrites.length; i++) {
      const changed = this.rewrites[i].apply(path);
      if (changed) return changed;
    }
    return null;
  }
}
