import { Json, JsonReader, Kind } from "./json";
import { Rewrite, Rule, Rules, Source, WHOLE } from "./rules";

/** Reads the plugin configuration. If anything in it cannot be acted on, `problem` says what and where. */
export class ConfigReader {
  problem: string = "";

  read(text: string): Rules {
    const rules = new Rules();
    if (text == "") {
      this.fail("", 'there is none; give "rules", "rewrites" or both');
      return rules;
    }
    const reader = new JsonReader(text);
    const root = reader.read();
    this.problem = reader.problem;
    this.checkFields(root, "", ["route_header", "default", "rules", "rewrites"]);
    if (this.problem != "") return rules;

    const header = root.field("route_header");
    if (header) rules.routeHeader = this.headerName(header, "route_header");
    const fallback = root.field("default");
    if (fallback) rules.fallback = this.headerValue(fallback, "default");
    const ruleList = this.list(root.field("rules"), "rules");
    for (let i = 0; i < ruleList.length; i++) rules.rules.push(this.rule(ruleList[i], at("rules", i)));
    const rewrites = this.list(root.field("rewrites"), "rewrites");
    for (let i = 0; i < rewrites.length; i++) rules.rewrites.push(this.rewrite(rewrites[i], at("rewrites", i)));
    if (ruleList.length + rewrites.length == 0) this.fail("", 'neither "rules" nor "rewrites" has an entry');
    return rules;
  }

  private rule(json: Json, path: string): Rule {
    const rule = new Rule();
    this.checkFields(json, path, ["target", "path_prefix", "header", "cookie", "value", "percent", "by_header", "by_cookie"]);
    if (this.problem != "") return rule;
    const target = json.field("target");
    if (target) rule.target = this.headerValue(target, path + ".target");
    else this.fail(path, "has no target");
    const prefix = json.field("path_prefix");
    if (prefix) rule.pathPrefix = this.path(prefix, path + ".path_prefix");
    rule.present = this.source(json, path, "header", "cookie");
    const value = json.field("value");
    if (value) {
      rule.value = String.UTF8.encode(this.text(value, path + ".value"));
      if (!rule.present) this.fail(path, "has a value without header or cookie");
    }
    const percent = json.field("percent");
    if (percent) rule.share = this.percent(percent, path + ".percent");
    rule.shareBy = this.source(json, path, "by_header", "by_cookie");
    if (rule.shareBy && !percent) this.fail(path, "has by_header or by_cookie without percent");
    if (!prefix && !rule.present && !percent) this.fail(path, "has no condition; use default instead");
    return rule;
  }

  private rewrite(json: Json, path: string): Rewrite {
    this.checkFields(json, path, ["prefix", "replacement"]);
    const prefix = json.field("prefix");
    const replacement = json.field("replacement");
    if (prefix && replacement) {
      return new Rewrite(this.path(prefix, path + ".prefix"), this.path(replacement, path + ".replacement"));
    }
    this.fail(path, "needs prefix and replacement");
    return new Rewrite(new ArrayBuffer(0), new ArrayBuffer(0));
  }

  private source(json: Json, path: string, headerField: string, cookieField: string): Source | null {
    const header = json.field(headerField);
    const cookie = json.field(cookieField);
    if (header && cookie) this.fail(path, "has both " + headerField + " and " + cookieField + "; choose one");
    if (header) return new Source(this.headerName(header, path + "." + headerField), false);
    // A cookie's name is of the same characters as a header's (RFC 6265, 4.1.1), but its case matters.
    if (cookie) return new Source(this.token(cookie, path + "." + cookieField), true);
    return null;
  }

  private percent(json: Json, path: string): u32 {
    const hundredths = Math.round(parseFloat(json.text) * 100);
    if (json.kind != Kind.Number || !(hundredths >= 0 && hundredths <= <f64>WHOLE)) {
      this.fail(path, "must be a number from 0 to 100");
      return 0;
    }
    return <u32>hundredths;
  }

  private path(json: Json, path: string): ArrayBuffer {
    const text = this.text(json, path);
    if (!text.startsWith("/") || !isVisible(text)) this.fail(path, "must begin with / and be visible ASCII");
    return String.UTF8.encode(text);
  }

  private headerName(json: Json, path: string): ArrayBuffer {
    return String.UTF8.encode(String.UTF8.decode(this.token(json, path)).toLowerCase());
  }

  private token(json: Json, path: string): ArrayBuffer {
    const text = this.text(json, path);
    for (let i = 0; i < text.length; i++) {
      if (!isTokenCode(text.charCodeAt(i))) this.fail(path, "has a character that no name has");
    }
    return String.UTF8.encode(text);
  }

  private headerValue(json: Json, path: string): ArrayBuffer {
    const text = this.text(json, path);
    if (!isVisible(text)) this.fail(path, "must be visible ASCII without spaces");
    return String.UTF8.encode(text);
  }

  private text(json: Json, path: string): string {
    if (json.kind != Kind.Text || json.text == "") this.fail(path, "must be a text that is not empty");
    return json.text;
  }

  private list(json: Json | null, path: string): Json[] {
    if (!json) return [];
    if (json.kind != Kind.List) this.fail(path, "must be a list");
    return json.elements;
  }

  private checkFields(json: Json, path: string, known: string[]): void {
    if (json.kind != Kind.Object) this.fail(path, "must be an object");
    for (let i = 0; i < json.names.length; i++) {
      if (!known.includes(json.names[i])) {
        this.fail(path == "" ? json.names[i] : path + "." + json.names[i], "is not a field this filter knows");
      }
    }
  }

  /** Keeps the first problem. */
  private fail(path: string, what: string): void {
    if (this.problem == "") this.problem = path == "" ? what : path + " " + what;
  }
}

function at(list: string, index: i32): string {
  return list + "[" + index.toString() + "]";
}

function isVisible(text: string): bool {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f) return false;
  }
  return true;
}

/** RFC 9110, 5.6.2. */
function isTokenCode(code: i32): bool {
  const isDigit = code >= 0x30 && code <= 0x39;
  const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
  return isDigit || isLetter || "!#$%&'*+-.^_`|~".includes(String.fromCharCode(code));
}
