package dev.outrider.proxy.server;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import udpa.annotations.Sensitive;

/// Blackens what a message marks as sensitive (`udpa.annotations.sensitive`), as Envoy does before
/// it shows a configuration: texts and bytes are replaced, numbers go, names of fields stay.
final class Redaction {
  private static final String TEXT = "[redacted]";
  private static final ByteString BYTES = ByteString.copyFrom(TEXT, StandardCharsets.US_ASCII);

  private Redaction() {}

  static boolean applies(FieldDescriptor field) {
    return field.getOptions().getExtension(Sensitive.sensitive);
  }

  static void redact(FieldDescriptor field, Object value, Message.Builder into) {
    if (value instanceof List<?> elements) {
      into.clearField(field);
      for (var element : elements) {
        var black = black(element);
        if (black != null) {
          into.addRepeatedField(field, black);
        }
      }
      return;
    }
    var black = black(value);
    if (black == null) {
      into.clearField(field);
    } else {
      into.setField(field, black);
    }
  }

  private static @Nullable Object black(Object value) {
    return switch (value) {
      case String _ -> TEXT;
      case ByteString _ -> BYTES;
      case Message message -> {
        var builder = message.toBuilder();
        if (message.getDescriptorForType().getFullName().equals("google.protobuf.Any")) {
          yield builder.clear().build();
        }
        message.getAllFields().forEach((field, inner) -> redact(field, inner, builder));
        yield builder.build();
      }
      default -> null;
    };
  }
}
