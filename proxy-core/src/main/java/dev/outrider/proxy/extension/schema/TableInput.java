package dev.outrider.proxy.extension.schema;

import dev.outrider.proxy.extension.schema.Rule.Bound;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;

/// Reads one body of the schema table, in the layout that `SchemaTableWriter` states. Confined to
/// one call.
final class TableInput {
  private final byte[] table;
  private int at;

  TableInput(byte[] table, int at) {
    this.table = table;
    this.at = at;
  }

  int position() {
    return at;
  }

  int u8() {
    return table[at++] & 0xFF;
  }

  /// Signed: -1 stands for "none".
  int i16() {
    return (short) (u8() << 8 | u8());
  }

  int i32() {
    return i16() << 16 | (i16() & 0xFFFF);
  }

  private long i64() {
    return (long) i32() << 32 | (i32() & 0xFFFF_FFFFL);
  }

  /// Names and patterns of the schema are ASCII.
  String text() {
    int length = i16() & 0xFFFF;
    var text = new String(table, at, length, StandardCharsets.ISO_8859_1);
    at += length;
    return text;
  }

  SchemaMessage message(String name) {
    var oneofs = new ArrayList<SchemaOneof>();
    for (int n = i16(); n > 0; n--) {
      oneofs.add(new SchemaOneof(text(), u8() != 0));
    }
    int count = i16();
    var fields = new ArrayList<SchemaField>(count);
    for (int n = count; n > 0; n--) {
      fields.add(field(oneofs));
    }
    return new SchemaMessage(name, oneofs, fields);
  }

  SchemaEnum enumeration(String name) {
    var values = new ArrayList<SchemaEnum.Value>();
    for (int n = i16(); n > 0; n--) {
      values.add(new SchemaEnum.Value(text(), i32()));
    }
    return new SchemaEnum(name, values);
  }

  private SchemaField field(List<SchemaOneof> oneofs) {
    int number = i32();
    var name = text();
    var jsonName = text();
    var kind = FieldKind.of(u8());
    int flags = u8();
    int oneof = i16();
    int type = i16();
    return new SchemaField(
        number,
        name,
        jsonName,
        kind,
        flags,
        oneof < 0 ? null : oneofs.get(oneof).name(),
        type,
        rules());
  }

  private Rules rules() {
    int count = u8();
    if (count == 0) {
      return Rules.NONE;
    }
    var targets =
        List.of(
            new ArrayList<Rule>(),
            new ArrayList<Rule>(),
            new ArrayList<Rule>(),
            new ArrayList<Rule>());
    for (; count > 0; count--) {
      int target = u8();
      targets.get(target).add(rule(u8()));
    }
    return new Rules(targets.get(0), targets.get(1), targets.get(2), targets.get(3));
  }

  private Rule rule(int code) {
    return switch (code) {
      case 0 -> new Rule.Required();
      case 1 -> new Rule.Skip();
      case 2 -> new Rule.Length(i32(), i32(), u8() != 0);
      case 3 -> new Rule.IgnoreEmpty();
      case 4 -> new Rule.OneOf(texts());
      case 5 -> new Rule.Matches(Pattern.compile(text()));
      case 6 -> new Rule.Affix(text(), text());
      case 7 -> new Rule.Header(u8() != 0, u8() != 0);
      case 8 -> range();
      case 9 -> new Rule.Defined();
      case 10 -> notIn();
      case 11 -> new Rule.Items(i32(), i32());
      case 12 -> new Rule.Unique();
      case 13 -> new Rule.Constant(u8() != 0);
      default -> throw new IllegalStateException("schema table: rule " + code + " at " + at);
    };
  }

  private List<String> texts() {
    var texts = new ArrayList<String>();
    for (int n = i16(); n > 0; n--) {
      texts.add(text());
    }
    return texts;
  }

  private Rule range() {
    var scale =
        switch (u8()) {
          case 0 -> Rule.Scale.INTEGER;
          case 1 -> Rule.Scale.DOUBLE;
          default -> Rule.Scale.NANOS;
        };
    int flags = u8();
    var low = new Bound((flags & 1) != 0, (flags & 2) != 0, i64());
    return new Rule.Range(scale, low, new Bound((flags & 4) != 0, (flags & 8) != 0, i64()));
  }

  private Rule notIn() {
    var forbidden = new HashSet<Integer>();
    for (int n = i16(); n > 0; n--) {
      forbidden.add(i32());
    }
    return new Rule.NotIn(forbidden);
  }
}
