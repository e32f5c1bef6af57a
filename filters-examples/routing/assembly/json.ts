// A reader of JSON (RFC 8259), as much as a configuration needs: there is no such library for AssemblyScript that works
// without a compiler plug-in.

export enum Kind {
  Null,
  Bool,
  Number,
  Text,
  List,
  Object,
}

const DEPTH = 32;

/** One value. `text` is that of a string, or `true`, `false` and the digits of a number as they were written. */
export class Json {
  /** Of a list, or the values of an object's fields. */
  elements: Json[] = [];
  /** Of an object's fields. */
  names: string[] = [];

  constructor(public kind: Kind, public text: string = "") {}

  field(name: string): Json | null {
    const at = this.names.indexOf(name);
    return at < 0 ? null : this.elements[at];
  }
}

/** Reads one document. If something is wrong, `problem` says what, and what was returned means nothing. */
export class JsonReader {
  problem: string = "";
  private at: i32 = 0;

  constructor(private text: string) {}

  read(): Json {
    const value = this.value(0);
    this.skipSpace();
    if (this.problem == "" && this.at < this.text.length) this.fail("something follows the end");
    return value;
  }

  private fail(what: string): void {
    if (this.problem != "") return;
    let line = 1;
    for (let i = 0; i < this.at && i < this.text.length; i++) {
      if (this.text.charCodeAt(i) == 0x0a) line++;
    }
    this.problem = "it is not valid JSON: line " + line.toString() + ": " + what;
  }

  private skipSpace(): void {
    while (this.at < this.text.length && " \t\r\n".includes(this.text.charAt(this.at))) this.at++;
  }

  private take(word: string): bool {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  private value(depth: i32): Json {
    if (depth == DEPTH) this.fail("it is nested too deeply");
    this.skipSpace();
    if (this.problem != "") return new Json(Kind.Null);
    if (this.take("{")) return this.object(depth);
    if (this.take("[")) return this.list(depth);
    if (this.take('"')) return new Json(Kind.Text, this.stringEnd());
    if (this.take("true")) return new Json(Kind.Bool, "true");
    if (this.take("false")) return new Json(Kind.Bool, "false");
    if (this.take("null")) return new Json(Kind.Null);
    return this.number();
  }

  private object(depth: i32): Json {
    const object = new Json(Kind.Object);
    this.skipSpace();
    while (this.problem == "" && !this.take("}")) {
      if (object.names.length > 0 && !this.take(",")) this.fail("expected , or }");
      this.skipSpace();
      if (!this.take('"')) this.fail("expected a field name in quotes");
      const name = this.stringEnd();
      this.skipSpace();
      if (!this.take(":")) this.fail("expected : after a field name");
      if (object.names.includes(name)) this.fail('the field "' + name + '" is given twice');
      object.names.push(name);
      object.elements.push(this.value(depth + 1));
      this.skipSpace();
    }
    return object;
  }

  private list(depth: i32): Json {
    const list = new Json(Kind.List);
    this.skipSpace();
    while (this.problem == "" && !this.take("]")) {
      if (list.elements.length > 0 && !this.take(",")) this.fail("expected , or ]");
      list.elements.push(this.value(depth + 1));
      this.skipSpace();
    }
    return list;
  }

  private number(): Json {
    const start = this.at;
    this.take("-");
    const whole = this.digits();
    let valid = whole > 0 && (whole == 1 || this.text.charAt(this.at - whole) != "0");
    if (this.take(".")) valid = this.digits() > 0 && valid;
    if (this.take("e") || this.take("E")) {
      if (!this.take("+")) this.take("-");
      valid = this.digits() > 0 && valid;
    }
    if (!valid) this.fail("expected a value");
    return new Json(Kind.Number, this.text.substring(start, this.at));
  }

  private digits(): i32 {
    const start = this.at;
    while (this.at < this.text.length && isDigit(this.text.charCodeAt(this.at))) this.at++;
    return this.at - start;
  }

  /** A string whose opening quote has been taken. */
  private stringEnd(): string {
    let result = "";
    while (this.problem == "") {
      if (this.at >= this.text.length) {
        this.fail("a text without its closing quote");
        break;
      }
      const code = this.text.charCodeAt(this.at++);
      if (code == 0x22) break;
      if (code < 0x20) this.fail("a control character in a text");
      result += code == 0x5c ? this.escape() : String.fromCharCode(code);
    }
    return result;
  }

  private escape(): string {
    const char = this.text.charAt(this.at++);
    const plain = '"\\/bfnrt'.indexOf(char);
    if (char != "" && plain >= 0) return '"\\/\b\f\n\r\t'.charAt(plain);
    if (char != "u" || this.at + 4 > this.text.length) {
      this.fail("an unknown escape in a text");
      return "";
    }
    let code: i32 = 0;
    for (let i = 0; i < 4; i++) {
      const digit = "0123456789abcdef".indexOf(this.text.charAt(this.at++).toLowerCase());
      if (digit < 0) this.fail("an unknown escape in a text");
      code = (code << 4) | digit;
    }
    return String.fromCharCode(code);
  }
}

function isDigit(code: i32): bool {
  return code >= 0x30 && code <= 0x39;
}
