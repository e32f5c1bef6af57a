package dev.outrider.proxy.extension.text;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import java.util.List;
import java.util.random.RandomGenerator;

/// Makes random messages that have a JSON form.
final class RandomMessages {
  private static final String[] WORDS = {
    "a", "true", "12", "-", "é", "😀", "\"\\\n\t", "~", "x: y", "#", "0x1", "<b>"
  };

  private final RandomGenerator random;
  private final List<Descriptor> anyTypes;

  RandomMessages(RandomGenerator random, List<Descriptor> anyTypes) {
    this.random = random;
    this.anyTypes = anyTypes;
  }

  Message message(Descriptor type, int depth) {
    var builder = DynamicMessage.newBuilder(type);
    switch (type.getFullName()) {
      case "google.protobuf.Duration" -> {
        int sign = random.nextBoolean() ? 1 : -1;
        set(builder, "seconds", sign * random.nextLong(1000));
        set(builder, "nanos", sign * random.nextInt(3) * 250_000_000);
      }
      case "google.protobuf.Timestamp" -> set(builder, "seconds", random.nextLong(4_000_000_000L));
      case "google.protobuf.FieldMask" ->
          builder.addRepeatedField(type.findFieldByName("paths"), "some_field.inner_one");
      case "google.protobuf.Any" -> any(builder, depth);
      case "google.protobuf.Value" -> value(builder, depth);
      default -> fields(builder, depth);
    }
    return builder.build();
  }

  private void any(DynamicMessage.Builder builder, int depth) {
    if (depth > 0) {
      var type = anyTypes.get(random.nextInt(anyTypes.size()));
      set(builder, "type_url", "type.googleapis.com/" + type.getFullName());
      set(builder, "value", message(type, depth - 2).toByteString());
    }
  }

  private void value(DynamicMessage.Builder builder, int depth) {
    var kinds = builder.getDescriptorForType().getFields();
    var kind = kinds.get(random.nextInt(depth > 0 ? kinds.size() : 4));
    builder.setField(
        kind,
        kind.getName().equals("number_value") ? random.nextInt(100) / 4.0 : value(kind, depth - 1));
  }

  private void fields(DynamicMessage.Builder builder, int depth) {
    for (var field : builder.getDescriptorForType().getFields()) {
      boolean message = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
      if (random.nextInt(3) != 0 || (message && depth <= 0)) {
        continue;
      }
      var oneof = field.getRealContainingOneof();
      if (oneof != null && builder.hasOneof(oneof)) {
        continue;
      }
      if (field.isMapField()) {
        entries(builder, field, depth);
      } else if (field.isRepeated()) {
        for (int n = random.nextInt(3); n > 0; n--) {
          builder.addRepeatedField(field, value(field, depth - 1));
        }
      } else {
        builder.setField(field, value(field, depth - 1));
      }
    }
  }

  private void entries(DynamicMessage.Builder builder, FieldDescriptor field, int depth) {
    var type = field.getMessageType();
    for (int n = random.nextInt(3); n > 0; n--) {
      var entry = DynamicMessage.newBuilder(type);
      var key = type.findFieldByNumber(1);
      entry.setField(
          key, key.getJavaType() == FieldDescriptor.JavaType.STRING ? "key" + n : value(key, 0));
      var value = type.findFieldByNumber(2);
      entry.setField(
          value,
          value.getJavaType() == FieldDescriptor.JavaType.STRING
              ? "value"
              : value(value, depth - 1));
      builder.addRepeatedField(field, entry.build());
    }
  }

  private Object value(FieldDescriptor field, int depth) {
    return switch (field.getJavaType()) {
      case INT ->
          field.getType().name().contains("U") ? random.nextInt() : -random.nextInt(1_000_000);
      case LONG ->
          field.getType().name().contains("U")
              ? random.nextLong()
              : random.nextLong() >> random.nextInt(64);
      case FLOAT -> random.nextFloat() * 1e6f;
      case DOUBLE -> random.nextInt(8) == 0 ? Double.NaN : random.nextDouble() * 1e12;
      case BOOLEAN -> random.nextBoolean();
      case STRING -> WORDS[random.nextInt(WORDS.length)] + random.nextInt(10);
      case BYTE_STRING -> ByteString.copyFromUtf8(WORDS[random.nextInt(WORDS.length)]);
      case ENUM ->
          field
              .getEnumType()
              .getValues()
              .get(random.nextInt(field.getEnumType().getValues().size()));
      case MESSAGE -> message(field.getMessageType(), depth);
    };
  }

  private static void set(DynamicMessage.Builder builder, String field, Object value) {
    builder.setField(builder.getDescriptorForType().findFieldByName(field), value);
  }
}
