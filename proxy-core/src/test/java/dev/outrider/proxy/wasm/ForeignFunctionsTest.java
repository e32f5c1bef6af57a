package dev.outrider.proxy.wasm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proto.wasm.DeclarePropertyArguments;
import dev.outrider.proto.wasm.LifeSpan;
import dev.outrider.proto.wasm.SetEnvoyFilterStateArguments;
import dev.outrider.proto.wasm.SignArguments;
import dev.outrider.proto.wasm.SignResult;
import dev.outrider.proto.wasm.VerifySignatureArguments;
import dev.outrider.proto.wasm.VerifySignatureResult;
import dev.outrider.proto.wasm.WasmType;
import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxywasm.testkit.Wat;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Foreign functions as a guest calls them (ABI reference 3.13). Statuses and texts were seen on
/// Envoy 1.40.
class ForeignFunctionsTest {
  private static final int OK = 0;
  private static final int NOT_FOUND = 1;
  private static final int BAD_ARGUMENT = 2;
  private static final int SERIALIZATION_FAILURE = 3;
  private static final byte[] NO_MESSAGE = {(byte) 0xff, (byte) 0xff, (byte) 0xff};
  private static final KeyPair RSA = rsa();

  private final TestPlugins plugins = new TestPlugins();
  private final Probe probe = new Probe(plugins);

  @AfterEach
  void close() {
    plugins.close();
  }

  private static KeyPair rsa() {
    try {
      var generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(1024);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static KeyPair ec(String curve) {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  // ---- compress, uncompress

  @Test
  void compressesAsZlibDoesByDefault() {
    var packed = probe.foreign("compress", "hello hello hello".getBytes(UTF_8));

    assertThat(packed.status()).isEqualTo(OK);
    assertThat(packed.bytes()).isEqualTo(hex("789ccb48cdc9c957c84090003a2e067d"));
    assertThat(probe.foreign("uncompress", packed.bytes()).text()).isEqualTo("hello hello hello");
  }

  @Test
  void compressesNothingToAnEmptyStream() {
    var packed = probe.foreign("compress", new byte[0]);

    assertThat(packed.bytes()).isEqualTo(hex("789c030000000001"));
    var unpacked = probe.foreign("uncompress", packed.bytes());
    assertThat(unpacked.status()).isEqualTo(OK);
    assertThat(unpacked.bytes()).isEmpty();
  }

  @Test
  void ignoresWhatFollowsAStreamButNotAStreamWithoutItsEnd() {
    var packed = probe.foreign("compress", new byte[1000]).bytes();

    var more = probe.foreign("uncompress", Arrays.copyOf(packed, packed.length + 3));
    var less = probe.foreign("uncompress", Arrays.copyOf(packed, packed.length - 5));

    assertThat(more.status()).isEqualTo(OK);
    assertThat(more.bytes()).hasSize(1000);
    assertThat(less.status()).isEqualTo(SERIALIZATION_FAILURE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "abcdef"})
  void refusesWhatIsNoZlibStream(String input) {
    assertThat(probe.foreign("uncompress", input.getBytes(UTF_8)).status())
        .isEqualTo(SERIALIZATION_FAILURE);
  }

  @Test
  void aBombDoesNotUnpack() {
    var deflater = new Deflater();
    deflater.setInput(new byte[(16 << 20) + 1]);
    deflater.finish();
    var bomb = new byte[40_000];
    var size = deflater.deflate(bomb);
    deflater.end();

    assertThat(probe.foreign("uncompress", Arrays.copyOf(bomb, size)).status())
        .isEqualTo(SERIALIZATION_FAILURE);
  }

  // ---- sign, verify_signature

  private static VerifySignatureResult verified(Probe.Answer answer) {
    assertThat(answer.status()).isEqualTo(OK);
    try {
      return VerifySignatureResult.parseFrom(answer.bytes());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static SignResult signed(Probe.Answer answer) {
    assertThat(answer.status()).isEqualTo(OK);
    try {
      return SignResult.parseFrom(answer.bytes());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private ByteString sign(KeyPair pair, String hash) {
    var args =
        SignArguments.newBuilder()
            .setHashFunction(hash)
            .setPrivateKey(ByteString.copyFrom(pair.getPrivate().getEncoded()))
            .setText(ByteString.copyFromUtf8("hello"))
            .build();
    var answer = signed(probe.foreign("sign", args.toByteArray()));
    assertThat(answer.getError()).isEmpty();
    assertThat(answer.getResult()).isTrue();
    return answer.getSignature();
  }

  private static VerifySignatureArguments.Builder verification(String hash, ByteString signature) {
    return VerifySignatureArguments.newBuilder()
        .setHashFunction(hash)
        .setSignature(signature)
        .setText(ByteString.copyFromUtf8("hello"));
  }

  private VerifySignatureResult verify(VerifySignatureArguments.Builder args) {
    return verified(probe.foreign("verify_signature", args.build().toByteArray()));
  }

  private static ByteString der(KeyPair pair) {
    return ByteString.copyFrom(pair.getPublic().getEncoded());
  }

  private static String pem(String label, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), label);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sha1", "sha224", "sha256", "sha384", "sha512", "SHA256"})
  void signsAndVerifiesWithRsa(String hash) throws GeneralSecurityException {
    var signature = sign(RSA, hash);

    var pkcs1 = Signature.getInstance(hash.toUpperCase(Locale.ROOT) + "withRSA");
    pkcs1.initVerify(RSA.getPublic());
    pkcs1.update("hello".getBytes(UTF_8));
    assertThat(pkcs1.verify(signature.toByteArray())).isTrue();
    assertThat(verify(verification(hash, signature).setPublicKey(der(RSA))))
        .isEqualTo(VerifySignatureResult.newBuilder().setResult(true).build());
  }

  @ParameterizedTest
  @CsvSource({"secp256r1,sha256", "secp384r1,sha1", "secp521r1,sha512"})
  void signsAndVerifiesWithEllipticCurves(String curve, String hash) {
    var pair = ec(curve);

    var signature = sign(pair, hash);

    assertThat(verify(verification(hash, signature).setPublicKey(der(pair))).getResult()).isTrue();
    assertThat(verify(verification(hash, signature).setPublicKey(der(ec(curve)))).getResult())
        .isFalse();
  }

  @Test
  void takesKeysAsPemToo() {
    var signature = sign(RSA, "sha256");
    var text = "noise\n" + pem("PUBLIC KEY", RSA.getPublic().getEncoded()) + "more noise";

    assertThat(verify(verification("sha256", signature).setPublicKeyPem(text)).getResult())
        .isTrue();

    var args =
        SignArguments.newBuilder()
            .setHashFunction("sha256")
            .setPrivateKeyPem(pem("PRIVATE KEY", RSA.getPrivate().getEncoded()))
            .setText(ByteString.copyFromUtf8("hello"));
    assertThat(signed(probe.foreign("sign", args.build().toByteArray())).getSignature())
        .isEqualTo(signature);
  }

  @Test
  void saysWhyASignatureIsNotGood() {
    var signature = sign(RSA, "sha256");
    var key = der(RSA);

    assertThat(verify(verification("md5", signature).setPublicKey(key)).getError())
        .isEqualTo("md5 is not supported.");
    assertThat(verify(verification("", signature).setPublicKey(key)).getError())
        .isEqualTo(" is not supported.");
    assertThat(
            verify(verification("zz", signature).setPublicKey(ByteString.copyFromUtf8("abc")))
                .getError())
        .isEqualTo("zz is not supported.");
    assertThat(
            verify(
                    verification("sha256", signature)
                        .setPublicKey(key)
                        .setText(ByteString.copyFromUtf8("hellx")))
                .getError())
        .isEqualTo("Failed to verify digest. Error code: 0");
    assertThat(verify(verification("sha256", signature.substring(10)).setPublicKey(key)).getError())
        .isEqualTo("Failed to verify digest. Error code: 0");
    assertThat(
            verify(verification("sha256", signature).setPublicKey(ByteString.copyFromUtf8("abc")))
                .getError())
        .isEqualTo("Failed to initialize digest verify.");
    assertThat(verify(verification("sha256", signature).setPublicKeyPem("abc")).getError())
        .isEqualTo("Failed to initialize digest verify.");
    assertThat(
            verify(
                    verification("sha256", signature)
                        .setPublicKeyPem(pem("RSA PUBLIC KEY", RSA.getPublic().getEncoded())))
                .getError())
        .isEqualTo("Failed to initialize digest verify.");
  }

  @Test
  void ignoresWhatFollowsAKey() {
    var signature = sign(RSA, "sha256");
    var key = der(RSA).concat(ByteString.copyFromUtf8("x"));

    assertThat(verify(verification("sha256", signature).setPublicKey(key)).getResult()).isTrue();
  }

  @Test
  void saysWhyNothingCanBeSigned() {
    var args = SignArguments.newBuilder().setHashFunction("zz").setPrivateKeyPem("abc");
    assertThat(signed(probe.foreign("sign", args.build().toByteArray())).getError())
        .isEqualTo("zz is not supported.");

    args.setHashFunction("sha256");
    assertThat(signed(probe.foreign("sign", args.build().toByteArray())).getError())
        .isEqualTo("Invalid key type: private key required for signing operation.");

    args.clearPrivateKeyPem().setPrivateKey(der(RSA));
    assertThat(signed(probe.foreign("sign", args.build().toByteArray())).getError())
        .isEqualTo("Invalid key type: private key required for signing operation.");
  }

  @Test
  void wantsExactlyOneKey() {
    var verifyNone = verification("sha256", ByteString.EMPTY).build().toByteArray();
    var verifyBoth =
        verification("sha256", ByteString.EMPTY)
            .setPublicKey(der(RSA))
            .setPublicKeyPem("x")
            .build()
            .toByteArray();
    var signBoth = SignArguments.newBuilder().setPrivateKey(der(RSA)).setPrivateKeyPem("x").build();

    assertThat(probe.foreign("verify_signature", verifyNone).status()).isEqualTo(BAD_ARGUMENT);
    assertThat(probe.foreign("verify_signature", verifyBoth).status()).isEqualTo(BAD_ARGUMENT);
    assertThat(probe.foreign("sign", new byte[0]).status()).isEqualTo(BAD_ARGUMENT);
    assertThat(probe.foreign("sign", signBoth.toByteArray()).status()).isEqualTo(BAD_ARGUMENT);
  }

  // ---- filter state

  private static byte[] filterState(String path, String value, LifeSpan span) {
    return SetEnvoyFilterStateArguments.newBuilder()
        .setPath(path)
        .setValue(value)
        .setSpan(span)
        .build()
        .toByteArray();
  }

  @Test
  void setsFilterStateThatTheProxyKnows() {
    try (var stream = probe.stream()) {
      var args = filterState("envoy.string", "abc", LifeSpan.FilterChain);

      assertThat(probe.foreign(stream, "set_envoy_filter_state", args).status()).isEqualTo(OK);

      var entry = Objects.requireNonNull(stream.info().filterState().get("envoy.string"));
      assertThat(entry.value()).isEqualTo("abc".getBytes(UTF_8));
      assertThat(entry.shape().type()).isEqualTo(FilterState.Type.TEXT);
    }
  }

  @Test
  void setsFilterStateOfTheConnection() {
    try (var stream = probe.stream()) {
      var args = filterState("envoy.hashable_string", "abc", LifeSpan.DownstreamConnection);

      probe.foreign(stream, "set_envoy_filter_state", args);

      assertThat(stream.info().filterState().get("envoy.hashable_string")).isNull();
      assertThat(stream.info().connection().state().get("envoy.hashable_string")).isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nosuch", "wasm.a", "envoy.tcp_proxy.cluster"})
  void findsNoOtherFilterState(String name) {
    var args = filterState(name, "v", LifeSpan.FilterChain);

    assertThat(probe.foreign("set_envoy_filter_state", args).status()).isEqualTo(NOT_FOUND);
  }

  // ---- declare_property

  /// A guest that declares twice what its configuration says, then sets `foo` twice per request.
  private static byte[] declaring() {
    var declare =
        "(call $report (call $proxy_call_foreign_function (i32.const 1000) (i32.const 16)"
            + " (i32.load (i32.const 100)) (i32.load (i32.const 104))"
            + " (i32.const 0) (i32.const 0)))";
    return Wat.guest()
        .data(1000, "declare_property")
        .data(1020, "foo")
        .data(1030, "one")
        .data(1040, "two")
        .onConfigure(
            "(drop "
                + Wat.call("proxy_get_buffer_bytes", 7, 0, 1000, 100, 104)
                + ")"
                + declare
                + declare)
        .onRequestHeaders(
            Wat.report("proxy_set_property", 1020, 3, 1030, 3)
                + Wat.report("proxy_set_property", 1020, 3, 1040, 3)
                + "(drop "
                + Wat.call("proxy_get_property", 1020, 3, 100, 104)
                + ")"
                + Wat.show(100, 104))
        .wasm();
  }

  private TestStream declared(DeclarePropertyArguments.Builder what) {
    var config = Any.pack(BytesValue.of(what.build().toByteString()));
    var filter =
        plugins.start(TestPlugins.config(declaring(), plugin -> plugin.setConfiguration(config)));
    return plugins.stream(filter).get();
  }

  private static DeclarePropertyArguments.Builder foo() {
    return DeclarePropertyArguments.newBuilder().setName("foo");
  }

  @Test
  void aPropertyIsDeclaredOnce() {
    try (var _ = declared(foo())) {
      assertThat(plugins.log())
          .containsExactly(
              "INFO wasm log p0 r0 vm: 0",
              "INFO wasm log p0 r0 vm: 2",
              "INFO wasm log p0 r0 vm: 0",
              "INFO wasm log p0 r0 vm: 0",
              "INFO wasm log p0 r0 vm: two");
    }
  }

  @Test
  void aReadOnlyPropertyIsSetOnce() {
    try (var _ = declared(foo().setReadonly(true))) {
      assertThat(plugins.log())
          .endsWith(
              "INFO wasm log p0 r0 vm: 0",
              "INFO wasm log p0 r0 vm: 2",
              "INFO wasm log p0 r0 vm: one");
    }
  }

  @Test
  void aPropertyLivesAsLongAsDeclared() {
    try (var stream = declared(foo().setSpan(LifeSpan.DownstreamRequest))) {
      assertThat(stream.info().filterState().get("wasm.foo")).isNotNull();
    }
    try (var stream = declared(foo().setSpan(LifeSpan.DownstreamConnection))) {
      assertThat(stream.info().filterState().get("wasm.foo")).isNull();
      assertThat(stream.info().connection().state().get("wasm.foo")).isNotNull();
      stream.info().connection().state().clear();
    }
  }

  @Test
  void aPropertyHasTheDeclaredType() {
    var schema = ByteString.copyFromUtf8("type.googleapis.com/google.protobuf.Struct");
    try (var stream = declared(foo().setType(WasmType.Protobuf).setSchema(schema))) {
      var entry = Objects.requireNonNull(stream.info().filterState().get("wasm.foo"));
      assertThat(entry.shape().type()).isEqualTo(FilterState.Type.PROTOBUF);
      assertThat(entry.shape().schema()).isEqualTo("type.googleapis.com/google.protobuf.Struct");
    }
  }

  @Test
  void aDeclarationOutsideOfTheRootDoesNothingAndSaysSo() {
    var answer = probe.foreign("declare_property", foo().build().toByteArray());

    assertThat(answer.status()).isEqualTo(OK);
    assertThat(plugins.log())
        .singleElement()
        .asString()
        .startsWith("WARN declare_property 'foo' has no effect");
  }

  // ---- all

  @ParameterizedTest
  @ValueSource(strings = {"sign", "verify_signature", "set_envoy_filter_state", "declare_property"})
  void refusesWhatIsNoMessage(String function) {
    assertThat(probe.foreign(function, NO_MESSAGE).status()).isEqualTo(BAD_ARGUMENT);
  }

  @Test
  void clearsTheRoute() {
    try (var stream = probe.stream()) {
      assertThat(probe.foreign(stream, "clear_route_cache", new byte[0]).status()).isEqualTo(OK);
      assertThat(stream.asked()).containsExactly("clearRoute");
    }
  }

  @Test
  void knowsNoOtherFunction() {
    assertThat(probe.foreign("nosuch", new byte[0]).status()).isEqualTo(NOT_FOUND);
  }

  @Test
  void actsOnTheEffectiveContextAndNotOnTheRunningOne() {
    var args = filterState("envoy.string", "abc", LifeSpan.FilterChain);
    var escaped = new StringBuilder();
    for (var b : args) {
      escaped.append("\\%02x".formatted(b));
    }
    var set = Wat.report("proxy_call_foreign_function", 1000, 22, 1100, args.length, 0, 0);
    var guest =
        Wat.guest()
            .data(1000, "set_envoy_filter_state")
            .with("(data (i32.const 1100) \"" + escaped + "\")")
            .onConfigure(set)
            .onRequestHeaders(
                "(drop (call $proxy_set_effective_context (i32.const 1)))"
                    + set
                    + "(drop (call $proxy_set_effective_context (local.get 0)))"
                    + set);
    var filter = plugins.start(TestPlugins.config(guest.wasm()));

    try (var _ = plugins.stream(filter).get()) {
      assertThat(plugins.log())
          .as("in the root, in a stream for the root, in the stream")
          .containsExactly(
              "INFO wasm log p0 r0 vm: 1",
              "INFO wasm log p0 r0 vm: 1",
              "INFO wasm log p0 r0 vm: 0");
    }
  }
}
