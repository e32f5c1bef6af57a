package dev.outrider.proxy.admin;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.outrider.proxy.admin.ServerView.ConfigDumpQuery;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What is configured: `/config_dump`, `/init_dump` and `/unsupported_fields`.
record ConfigPages(ServerView server) {
  List<AdminEndpoint> endpoints() {
    return List.of(
        AdminEndpoint.reading("/config_dump", "dump current Envoy configs", this::configDump)
            .with(
                AdminParameter.any("resource", "The resource to dump"),
                AdminParameter.any(
                    "mask",
                    "The mask to apply. When both resource and mask are specified, the mask is"
                        + " applied to every element in the desired repeated field so that only a"
                        + " subset of fields are returned. The mask is parsed as a"
                        + " Protobuf::FieldMask"),
                AdminParameter.any(
                    "name_regex",
                    "Dump only the currently loaded configurations whose names match the specified"
                        + " regex. Can be used with both resource and mask query parameters."),
                AdminParameter.any(
                    "include_eds",
                    "Dump currently loaded configuration including EDS. See the response definition"
                        + " for more information")),
        AdminEndpoint.reading(
                "/init_dump",
                "dump current Envoy init manager information (experimental)",
                this::initDump)
            .with(
                AdminParameter.any(
                    "mask",
                    "The desired component to dump unready targets. The mask is parsed as a"
                        + " Protobuf::FieldMask. For example, get the unready targets of all"
                        + " listeners with /init_dump?mask=listener`")),
        AdminEndpoint.reading(
            "/unsupported_fields",
            "print configured fields that have no effect (not in Envoy)",
            _ -> unsupportedFields()));
  }

  private AdminResponse configDump(AdminRequest request) {
    var resource = Objects.requireNonNullElse(request.first("resource"), "");
    var mask = Objects.requireNonNullElse(request.first("mask"), "");
    var regex = request.first("name_regex");
    try {
      Predicate<String> names = regex == null ? _ -> true : Pattern.compile(regex)::matches;
      var query = new ConfigDumpQuery(resource, names, request.has("include_eds"), mask);
      return switch (server.configDump(query)) {
        case DumpAnswer.Shown(var json) -> AdminResponse.json(json);
        case DumpAnswer.NoSuchResource() -> plain(404, resource + " not found in config dump");
        case DumpAnswer.NotRepeated() ->
            plain(
                400,
                resource
                    + " is not a repeated field. Use ?mask="
                    + resource
                    + " to get only this field");
        case DumpAnswer.BadMask() -> plain(400, maskProblem(resource, mask));
      };
    } catch (PatternSyntaxException malformed) {
      return plain(
          400,
          "INVALID_ARGUMENT: Error while parsing name_regex from %s: %s"
              .formatted(regex, malformed.getMessage()));
    }
  }

  private static AdminResponse plain(int status, String sentence) {
    return AdminResponse.of(status, "text/plain", sentence + "\n");
  }

  private static String maskProblem(String resource, String mask) {
    return resource.isEmpty()
        ? "FieldMask " + mask + " could not be successfully applied to any configs."
        : "FieldMask paths: \"" + mask + "\" could not be successfully used.";
  }

  /// Envoy tells of listeners only.
  private AdminResponse initDump(AdminRequest request) {
    var unready =
        asksForListeners(request.first("mask")) ? server.unready() : List.<UnreadyTargets>of();
    if (unready.isEmpty()) {
      return AdminResponse.json("{}\n");
    }
    var json = new JsonText();
    json.beginObject().name("unready_targets_dumps").beginArray();
    for (var each : unready) {
      json.beginObject().name("name").value(each.name()).name("target_names").beginArray();
      each.targets().forEach(json::value);
      json.endArray().endObject();
    }
    return AdminResponse.json(json.endArray().endObject().toString());
  }

  private static boolean asksForListeners(@Nullable String mask) {
    return mask == null || List.of(mask.split(",", -1)).contains("listener");
  }

  private AdminResponse unsupportedFields() {
    var fields = server.unsupportedFields();
    return AdminResponse.text(fields.isEmpty() ? "" : String.join("\n", fields) + "\n");
  }
}
