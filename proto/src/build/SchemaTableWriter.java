import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Type;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.ExtensionRegistry;
import com.google.protobuf.Message;
import io.envoyproxy.pgv.validate.Validate;
import io.envoyproxy.pgv.validate.Validate.FieldRules;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import udpa.annotations.Sensitive;

/// Writes the schema table: what the generated descriptors say about each message, in a form that
/// is read lazily and without descriptors. Run by the build from source, so no class of it reaches
/// the jar.
///
/// Layout, big endian, `str` = DataOutput.writeUTF:
///
/// ```
/// table   int 'OSC1', short messages, {str name, int offset}*, short enums, {str name, int offset}*, bodies
/// message short oneofs, {str name, byte required}*, short fields, field*
/// field   int number, str name, str jsonName, byte type (FieldDescriptorProto.Type), byte flags, short oneof or -1,
///         short message or enum index or -1, byte rules, rule*
/// enum    short values, {str name, int number}*
/// rule    byte target (0 field, 1 items, 2 map keys, 3 map values), byte kind, payload (see Kind)
/// ```
///
/// A rule that this program does not know fails the build.
final class SchemaTableWriter {
  static final int REPEATED = 1;
  static final int PACKED = 2;
  static final int MAP = 4;
  static final int PRESENCE = 8;
  static final int DEPRECATED = 16;
  static final int SENSITIVE = 32;

  /// Kinds of rule; the ordinal is the code in the table. Payload in the comment.
  enum Kind {
    REQUIRED, // none
    SKIP, // none: do not look inside
    LENGTH, // int min, int max (-1 none), byte unit (0 code points, 1 bytes)
    IGNORE_EMPTY, // none
    ONE_OF, // short n, str*
    PATTERN, // str
    AFFIX, // str prefix, str suffix
    HEADER, // byte 0 name 1 value, byte strict
    RANGE, // byte scale (0 long, 1 double, 2 nanoseconds), byte flags (1 low, 2 low inclusive, 4
    // high, 8 high inclusive), 2 x long
    DEFINED, // none
    NOT_IN, // short n, int*
    ITEMS, // int min, int max (-1 none)
    UNIQUE, // none
    CONSTANT // byte
  }

  private final TreeMap<String, DescriptorProto> messages = new TreeMap<>();
  private final TreeMap<String, EnumDescriptorProto> enums = new TreeMap<>();
  private final List<String> messageNames;
  private final List<String> enumNames;

  private SchemaTableWriter(FileDescriptorSet files) {
    for (var file : files.getFileList()) {
      if (!file.getSyntax().equals("proto3")) {
        continue; // descriptor.proto and validate.proto: options of the schema, not configuration
      }
      if (file.getPackage().startsWith("envoy.service.metrics.")) {
        continue; // only ever sent, and made of proto2's MetricFamily
      }
      var prefix = file.getPackage() + ".";
      file.getMessageTypeList().forEach(m -> collect(prefix, m));
      file.getEnumTypeList().forEach(e -> enums.put(prefix + e.getName(), e));
    }
    messageNames = List.copyOf(messages.keySet());
    enumNames = List.copyOf(enums.keySet());
  }

  public static void main(String[] args) throws IOException {
    var known = ExtensionRegistry.newInstance();
    Validate.registerAllExtensions(known);
    Sensitive.registerAllExtensions(known);
    var found = FileDescriptorSet.newBuilder();
    for (var file : files(Path.of(args[0]))) {
      found.addFile(file.toProto());
    }
    var files = FileDescriptorSet.parseFrom(found.build().toByteString(), known);
    var table = new SchemaTableWriter(files).table();
    var target = Path.of(args[1]);
    Files.createDirectories(target.getParent());
    Files.write(target, table);
  }

  /// The descriptors of every generated file below `classes`, and of the files that those import.
  private static Collection<FileDescriptor> files(Path classes) throws IOException {
    var files = new TreeMap<String, FileDescriptor>();
    try (var walk = Files.walk(classes)) {
      for (var path : walk.map(p -> classes.relativize(p).toString()).sorted().toList()) {
        if (path.endsWith(".class") && !path.contains("$")) {
          descriptor(path.substring(0, path.length() - ".class".length()).replace('/', '.'))
              .ifPresent(file -> withImports(file, files));
        }
      }
    }
    return files.values();
  }

  /// The file descriptor that a generated class holds, if it is the outer class of a file.
  private static Optional<FileDescriptor> descriptor(String className) {
    try {
      var type = Class.forName(className, false, SchemaTableWriter.class.getClassLoader());
      var method = type.getMethod("getDescriptor");
      return method.getReturnType() == FileDescriptor.class
          ? Optional.of((FileDescriptor) method.invoke(null))
          : Optional.empty();
    } catch (NoSuchMethodException _) {
      return Optional.empty();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(className, e);
    }
  }

  private static void withImports(FileDescriptor file, TreeMap<String, FileDescriptor> files) {
    if (files.putIfAbsent(file.getName(), file) == null) {
      file.getDependencies().forEach(imported -> withImports(imported, files));
    }
  }

  private void collect(String prefix, DescriptorProto message) {
    var name = prefix + message.getName();
    messages.put(name, message);
    message.getNestedTypeList().forEach(m -> collect(name + ".", m));
    message.getEnumTypeList().forEach(e -> enums.put(name + "." + e.getName(), e));
  }

  private byte[] table() throws IOException {
    var bodies = new ByteArrayOutputStream();
    var body = new DataOutputStream(bodies);
    var messageOffsets = new ArrayList<Integer>();
    for (var message : messages.entrySet()) {
      messageOffsets.add(bodies.size());
      message(message.getKey(), message.getValue(), body);
      body.flush();
    }
    var enumOffsets = new ArrayList<Integer>();
    for (var type : enums.values()) {
      enumOffsets.add(bodies.size());
      body.writeShort(type.getValueCount());
      for (var value : type.getValueList()) {
        body.writeUTF(value.getName());
        body.writeInt(value.getNumber());
      }
      body.flush();
    }
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.writeInt(0x4F534331);
    index(messageNames, messageOffsets, out);
    index(enumNames, enumOffsets, out);
    bodies.writeTo(out);
    return bytes.toByteArray();
  }

  private static void index(List<String> names, List<Integer> offsets, DataOutputStream out)
      throws IOException {
    out.writeShort(names.size());
    for (int i = 0; i < names.size(); i++) {
      out.writeUTF(names.get(i));
      out.writeInt(offsets.get(i));
    }
  }

  private void message(String name, DescriptorProto message, DataOutputStream out)
      throws IOException {
    var options = message.getOptions();
    if (options.getExtension(Validate.disabled) || options.getExtension(Validate.ignored)) {
      throw new IllegalStateException(name + ": disabled or ignored validation is not implemented");
    }
    // The oneofs that protoc invents for `optional` fields come last and are not the author's.
    long synthetic =
        message.getFieldList().stream().filter(FieldDescriptorProto::getProto3Optional).count();
    int oneofs = message.getOneofDeclCount() - (int) synthetic;
    out.writeShort(oneofs);
    for (int i = 0; i < oneofs; i++) {
      out.writeUTF(message.getOneofDecl(i).getName());
      out.writeBoolean(message.getOneofDecl(i).getOptions().getExtension(Validate.required));
    }
    out.writeShort(message.getFieldCount());
    for (var field : message.getFieldList()) {
      field(name + "." + field.getName(), field, out);
    }
  }

  private void field(String where, FieldDescriptorProto field, DataOutputStream out)
      throws IOException {
    out.writeInt(field.getNumber());
    out.writeUTF(field.getName());
    out.writeUTF(jsonName(field.getName()));
    out.writeByte(field.getType().getNumber());
    out.writeByte(flags(field));
    out.writeShort(
        field.hasOneofIndex() && !field.getProto3Optional() ? field.getOneofIndex() : -1);
    out.writeShort(typeIndex(where, field));
    var rules = new Rules(where);
    if (field.getOptions().hasExtension(Validate.rules)) {
      rules.add(0, field.getOptions().getExtension(Validate.rules));
    }
    rules.writeTo(out);
  }

  /// The name in the JSON mapping: letters after an underscore in upper case, underscores dropped.
  private static String jsonName(String name) {
    return Pattern.compile("_+(.?)")
        .matcher(name)
        .replaceAll(m -> m.group(1).toUpperCase(Locale.ROOT));
  }

  private int flags(FieldDescriptorProto field) {
    boolean repeated = field.getLabel() == Label.LABEL_REPEATED;
    int flags = repeated ? REPEATED : 0;
    boolean numeric =
        switch (field.getType()) {
          case TYPE_STRING, TYPE_BYTES, TYPE_MESSAGE, TYPE_GROUP -> false;
          default -> true;
        };
    var options = field.getOptions();
    if (repeated && numeric && (!options.hasPacked() || options.getPacked())) {
      flags |= PACKED;
    }
    if (field.getType() == Type.TYPE_MESSAGE) {
      var target = messages.get(field.getTypeName().substring(1));
      if (target != null && target.getOptions().getMapEntry()) {
        flags |= MAP;
      }
    }
    if (!repeated && (field.getType() == Type.TYPE_MESSAGE || field.hasOneofIndex())) {
      flags |= PRESENCE;
    }
    if (options.getDeprecated()) {
      flags |= DEPRECATED;
    }
    if (options.getExtension(Sensitive.sensitive)) {
      flags |= SENSITIVE;
    }
    return flags;
  }

  private int typeIndex(String where, FieldDescriptorProto field) {
    if (field.getTypeName().isEmpty()) {
      return -1;
    }
    var names = field.getType() == Type.TYPE_ENUM ? enumNames : messageNames;
    int index = names.indexOf(field.getTypeName().substring(1));
    if (index < 0) {
      throw new IllegalStateException(
          where + ": type " + field.getTypeName() + " is not in the schema");
    }
    return index;
  }

  /// The rules of one field, translated.
  private static final class Rules {
    private final String where;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);
    private int count;

    Rules(String where) {
      this.where = where;
    }

    void writeTo(DataOutputStream target) throws IOException {
      target.writeByte(count);
      bytes.writeTo(target);
    }

    void add(int target, FieldRules rules) throws IOException {
      if (rules.hasMessage()) {
        flag(target, rules.getMessage().getRequired(), Kind.REQUIRED);
        flag(target, rules.getMessage().getSkip(), Kind.SKIP);
      }
      for (var type : rules.getAllFields().entrySet()) {
        if (type.getKey().getName().equals("message")) {
          continue;
        }
        typed(target, type.getKey().getName(), (Message) type.getValue());
      }
    }

    private void typed(int target, String type, Message rules) throws IOException {
      var set = new TreeMap<String, Object>();
      for (var rule : rules.getAllFields().entrySet()) {
        set.put(rule.getKey().getName(), rule.getValue());
      }
      switch (type) {
        case "repeated" -> {
          items(target, set, "min_items", "max_items");
          flag(target, Boolean.TRUE.equals(set.remove("unique")), Kind.UNIQUE);
          nested(1, set.remove("items"));
        }
        case "map" -> {
          items(target, set, "min_pairs", "max_pairs");
          nested(2, set.remove("keys"));
          nested(3, set.remove("values"));
        }
        case "string" -> string(target, set);
        case "bytes" -> length(target, set, "min_len", "max_len", 1);
        case "enum" -> {
          flag(target, Boolean.TRUE.equals(set.remove("defined_only")), Kind.DEFINED);
          if (set.remove("not_in") instanceof List<?> numbers) {
            begin(target, Kind.NOT_IN).writeShort(numbers.size());
            for (var number : numbers) {
              out.writeInt((Integer) number);
            }
          }
        }
        case "bool" -> {
          if (set.remove("const") instanceof Boolean value) {
            begin(target, Kind.CONSTANT).writeBoolean(value);
          }
        }
        default -> {
          flag(target, Boolean.TRUE.equals(set.remove("required")), Kind.REQUIRED);
          range(target, type, set);
        }
      }
      if (!set.isEmpty()) {
        throw new IllegalStateException(
            where + ": rules " + type + set.keySet() + " are not implemented");
      }
    }

    private void string(int target, TreeMap<String, Object> set) throws IOException {
      flag(target, Boolean.TRUE.equals(set.remove("ignore_empty")), Kind.IGNORE_EMPTY);
      length(target, set, "min_len", "max_len", 0);
      length(target, set, "min_bytes", "max_bytes", 1);
      if (set.remove("in") instanceof List<?> values) {
        begin(target, Kind.ONE_OF).writeShort(values.size());
        for (var value : values) {
          out.writeUTF((String) value);
        }
      }
      if (set.remove("pattern") instanceof String pattern) {
        begin(target, Kind.PATTERN).writeUTF(pattern);
      }
      if (set.containsKey("prefix") || set.containsKey("suffix")) {
        begin(target, Kind.AFFIX).writeUTF(set.remove("prefix") instanceof String s ? s : "");
        out.writeUTF(set.remove("suffix") instanceof String s ? s : "");
      }
      boolean strict = !Boolean.FALSE.equals(set.remove("strict"));
      var known = set.remove("well_known_regex");
      if (known != null) {
        begin(target, Kind.HEADER).writeBoolean(known.toString().equals("HTTP_HEADER_VALUE"));
        out.writeBoolean(strict);
      }
    }

    private void length(int target, TreeMap<String, Object> set, String low, String high, int unit)
        throws IOException {
      if (set.containsKey(low) || set.containsKey(high)) {
        items(target, Kind.LENGTH, set, low, high);
        out.writeByte(unit);
      }
    }

    private void items(int target, TreeMap<String, Object> set, String low, String high)
        throws IOException {
      if (set.containsKey(low) || set.containsKey(high)) {
        items(target, Kind.ITEMS, set, low, high);
      }
    }

    private void items(int target, Kind kind, TreeMap<String, Object> set, String low, String high)
        throws IOException {
      begin(target, kind).writeInt(set.remove(low) instanceof Long n ? Math.toIntExact(n) : 0);
      out.writeInt(set.remove(high) instanceof Long n ? Math.toIntExact(n) : -1);
    }

    private void range(int target, String type, TreeMap<String, Object> set) throws IOException {
      var low = set.containsKey("gte") ? set.get("gte") : set.get("gt");
      var high = set.containsKey("lte") ? set.get("lte") : set.get("lt");
      if (low == null && high == null) {
        return;
      }
      int flags = low == null ? 0 : set.containsKey("gte") ? 3 : 1;
      flags |= high == null ? 0 : set.containsKey("lte") ? 12 : 4;
      begin(target, Kind.RANGE)
          .writeByte(type.equals("double") ? 1 : type.equals("duration") ? 2 : 0);
      out.writeByte(flags);
      out.writeLong(bound(low));
      out.writeLong(bound(high));
      List.of("gt", "gte", "lt", "lte").forEach(set::remove);
    }

    private long bound(Object bound) {
      return switch (bound) {
        case null -> 0;
        case Double d -> Double.doubleToLongBits(d);
        case Integer i -> Integer.toUnsignedLong(i);
        case Long l when l >= 0 -> l;
        case Duration d ->
            Math.addExact(Math.multiplyExact(d.getSeconds(), 1_000_000_000L), d.getNanos());
        default -> throw new IllegalStateException(where + ": bound " + bound);
      };
    }

    private void nested(int target, Object rules) throws IOException {
      if (rules != null) {
        add(target, (FieldRules) rules);
      }
    }

    private void flag(int target, boolean set, Kind kind) throws IOException {
      if (set) {
        begin(target, kind);
      }
    }

    private DataOutputStream begin(int target, Kind kind) throws IOException {
      count++;
      out.writeByte(target);
      out.writeByte(kind.ordinal());
      return out;
    }
  }
}
