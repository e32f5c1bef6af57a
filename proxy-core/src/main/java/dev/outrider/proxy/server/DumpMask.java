package dev.outrider.proxy.server;

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.FieldMask;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.FieldMaskUtil;
import java.util.Optional;

/// The `mask` of `/config_dump`: which fields of a message to show. As in Envoy it reaches into one
/// packed message, and not through repeated fields.
///
/// @param types that may be packed
record DumpMask(FieldMask mask, TypeRegistry types) {
  static DumpMask of(String paths, TypeRegistry types) {
    var mask = FieldMask.newBuilder();
    for (var path : paths.split(",", -1)) {
      mask.addPaths(path);
    }
    return new DumpMask(mask.build(), types);
  }

  /// What is left of a message; empty if it has no such fields.
  Optional<Message> apply(Message message) {
    var type = message.getDescriptorForType();
    var outer = FieldMask.newBuilder();
    var inner = FieldMask.newBuilder();
    var packed = "";
    for (var path : mask.getPathsList()) {
      int dot = path.indexOf('.');
      var first = dot < 0 ? path : path.substring(0, dot);
      if (dot > 0 && isPacked(type, first)) {
        packed = first;
        outer.addPaths(first);
        inner.addPaths(path.substring(dot + 1));
      } else {
        outer.addPaths(path);
      }
    }
    var whole = packed.isEmpty() ? Optional.of(message) : inside(message, packed, inner.build());
    return whole.flatMap(all -> trim(all, outer.build()));
  }

  private static boolean isPacked(Descriptor type, String name) {
    var field = type.findFieldByName(name);
    return field != null
        && !field.isRepeated()
        && field.getJavaType() == JavaType.MESSAGE
        && field.getMessageType().getFullName().equals("google.protobuf.Any");
  }

  /// The message with the one that is packed in it trimmed.
  private Optional<Message> inside(Message message, String name, FieldMask inner) {
    var field = message.getDescriptorForType().findFieldByName(name);
    try {
      var any = Any.parseFrom(((Message) message.getField(field)).toByteString());
      var type = types.getDescriptorForTypeUrl(any.getTypeUrl());
      if (type == null) {
        return Optional.empty();
      }
      return trim(DynamicMessage.parseFrom(type, any.getValue()), inner)
          .map(
              trimmed ->
                  message.toBuilder()
                      .setField(field, any.toBuilder().setValue(trimmed.toByteString()).build())
                      .build());
    } catch (InvalidProtocolBufferException damaged) {
      return Optional.empty();
    }
  }

  private static Optional<Message> trim(Message message, FieldMask mask) {
    var type = message.getDescriptorForType();
    if (!mask.getPathsList().stream().allMatch(path -> FieldMaskUtil.isValid(type, path))) {
      return Optional.empty();
    }
    var into = message.newBuilderForType();
    FieldMaskUtil.merge(mask, message, into);
    return Optional.of(into.build());
  }
}
