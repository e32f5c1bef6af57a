package dev.outrider.proxy.extension.schema;

/// Protobuf's scalar and message types, in the order of `FieldDescriptorProto.Type`.
public enum FieldKind {
  DOUBLE(WireCursor.FIXED64),
  FLOAT(WireCursor.FIXED32),
  INT64(WireCursor.VARINT),
  UINT64(WireCursor.VARINT),
  INT32(WireCursor.VARINT),
  FIXED64(WireCursor.FIXED64),
  FIXED32(WireCursor.FIXED32),
  BOOL(WireCursor.VARINT),
  STRING(WireCursor.BYTES),
  GROUP(WireCursor.BYTES),
  MESSAGE(WireCursor.BYTES),
  BYTES(WireCursor.BYTES),
  UINT32(WireCursor.VARINT),
  ENUM(WireCursor.VARINT),
  SFIXED32(WireCursor.FIXED32),
  SFIXED64(WireCursor.FIXED64),
  SINT32(WireCursor.VARINT),
  SINT64(WireCursor.VARINT);

  private static final FieldKind[] BY_CODE = values();

  private final int wireType;

  FieldKind(int wireType) {
    this.wireType = wireType;
  }

  /// How an unpacked value of this kind stands on the wire, one of [WireCursor]'s constants.
  public int wireType() {
    return wireType;
  }

  static FieldKind of(int code) {
    return BY_CODE[code - 1];
  }
}
