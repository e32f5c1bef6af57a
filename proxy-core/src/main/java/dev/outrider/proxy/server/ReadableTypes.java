package dev.outrider.proxy.server;

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.StringValue;
import com.google.protobuf.TypeRegistry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Puts a sentence in the place of every packed message that cannot be shown as JSON, however deep
/// it lies: one strange type must not hide the rest of a dump. What is secret is blackened on the
/// way.
///
/// @param types that can be shown
record ReadableTypes(TypeRegistry types) {
  Message of(Message message) {
    if (message.getDescriptorForType().getFullName().equals("google.protobuf.Any")) {
      return packed(message);
    }
    var readable = message.toBuilder();
    message.getAllFields().forEach((field, value) -> field(field, value, readable));
    return readable.build();
  }

  private void field(FieldDescriptor field, Object value, Message.Builder into) {
    if (Redaction.applies(field)) {
      Redaction.redact(field, value, into);
      return;
    }
    if (field.getJavaType() != JavaType.MESSAGE) {
      return;
    }
    if (value instanceof List<?> elements) {
      for (int i = 0; i < elements.size(); i++) {
        into.setRepeatedField(field, i, of((Message) elements.get(i)));
      }
    } else {
      into.setField(field, of((Message) value));
    }
  }

  private Message packed(Message message) {
    try {
      var any = Any.parseFrom(message.toByteString());
      var type = type(any);
      if (type == null) {
        return note(any.getTypeUrl() + " cannot be shown: its type is not known here");
      }
      return any.toBuilder()
          .setValue(of(DynamicMessage.parseFrom(type, any.getValue())).toByteString())
          .build();
    } catch (InvalidProtocolBufferException damaged) {
      return note("cannot be shown: " + damaged.getMessage());
    }
  }

  private @Nullable Descriptor type(Any any) throws InvalidProtocolBufferException {
    return types.getDescriptorForTypeUrl(any.getTypeUrl());
  }

  private static Any note(String text) {
    return Any.pack(StringValue.of(text));
  }
}
