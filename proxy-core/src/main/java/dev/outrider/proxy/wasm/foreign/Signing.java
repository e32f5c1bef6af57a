package dev.outrider.proxy.wasm.foreign;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proto.wasm.SignArguments;
import dev.outrider.proto.wasm.SignResult;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.ForeignCall;
import dev.outrider.proxywasm.host.WasmResult;
import java.security.GeneralSecurityException;
import java.security.Signature;

/// `sign`: as [Verification], the reason for a failure is inside of the answer.
final class Signing {
  private Signing() {}

  static WasmResult sign(ForeignCall call, ByteSink result) {
    SignArguments args;
    try {
      args = SignArguments.parseFrom(call.copyOfArguments());
    } catch (InvalidProtocolBufferException malformed) {
      return WasmResult.BAD_ARGUMENT;
    }
    if (args.getPrivateKey().isEmpty() == args.getPrivateKeyPem().isEmpty()) {
      return WasmResult.BAD_ARGUMENT;
    }
    var bytes = answer(args).toByteArray();
    result.accept(bytes, 0, bytes.length);
    return WasmResult.OK;
  }

  private static SignResult answer(SignArguments args) {
    var digest = DigestName.of(args.getHashFunction());
    if (digest == null) {
      return failed(args.getHashFunction() + " is not supported.");
    }
    var key =
        args.getPrivateKey().isEmpty()
            ? Keys.privateFromPem(args.getPrivateKeyPem())
            : Keys.privateFromDer(args.getPrivateKey().toByteArray());
    if (key == null) {
      return failed("Invalid key type: private key required for signing operation.");
    }
    try {
      var signature = Signature.getInstance(digest.algorithmWith(key));
      signature.initSign(key);
      signature.update(args.getText().toByteArray());
      return SignResult.newBuilder()
          .setResult(true)
          .setSignature(ByteString.copyFrom(signature.sign()))
          .build();
    } catch (GeneralSecurityException unsuitable) {
      return failed("Failed to create signature.");
    }
  }

  private static SignResult failed(String error) {
    return SignResult.newBuilder().setError(error).build();
  }
}
