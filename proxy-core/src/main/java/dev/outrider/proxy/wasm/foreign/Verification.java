package dev.outrider.proxy.wasm.foreign;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proto.wasm.VerifySignatureArguments;
import dev.outrider.proto.wasm.VerifySignatureResult;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.ForeignCall;
import dev.outrider.proxywasm.host.WasmResult;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import org.jspecify.annotations.Nullable;

/// `verify_signature`: the answer is OK with the reason inside, in Envoy's words, whenever the
/// arguments can be read and name one key.
final class Verification {
  private Verification() {}

  static WasmResult verify(ForeignCall call, ByteSink result) {
    VerifySignatureArguments args;
    try {
      args = VerifySignatureArguments.parseFrom(call.copyOfArguments());
    } catch (InvalidProtocolBufferException malformed) {
      return WasmResult.BAD_ARGUMENT;
    }
    if (args.getPublicKey().isEmpty() == args.getPublicKeyPem().isEmpty()) {
      return WasmResult.BAD_ARGUMENT;
    }
    var error = failure(args);
    var answer = VerifySignatureResult.newBuilder().setResult(error == null);
    if (error != null) {
      answer.setError(error);
    }
    var bytes = answer.build().toByteArray();
    result.accept(bytes, 0, bytes.length);
    return WasmResult.OK;
  }

  /// Null if the signature is good.
  private static @Nullable String failure(VerifySignatureArguments args) {
    var digest = DigestName.of(args.getHashFunction());
    if (digest == null) {
      return args.getHashFunction() + " is not supported.";
    }
    var key =
        args.getPublicKey().isEmpty()
            ? Keys.publicFromPem(args.getPublicKeyPem())
            : Keys.publicFromDer(args.getPublicKey().toByteArray());
    return key == null
        ? "Failed to initialize digest verify."
        : check(digest.algorithmWith(key), key, args);
  }

  private static @Nullable String check(
      String algorithm, PublicKey key, VerifySignatureArguments args) {
    try {
      var signature = Signature.getInstance(algorithm);
      signature.initVerify(key);
      signature.update(args.getText().toByteArray());
      return signature.verify(args.getSignature().toByteArray())
          ? null
          : "Failed to verify digest. Error code: 0";
    } catch (SignatureException malformed) {
      return "Failed to verify digest. Error code: 0";
    } catch (GeneralSecurityException unsuitable) {
      return "Failed to initialize digest verify.";
    }
  }
}
