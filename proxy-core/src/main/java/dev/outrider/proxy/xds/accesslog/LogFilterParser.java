package dev.outrider.proxy.xds.accesslog;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.LogFilter;
import dev.outrider.proxy.config.LogFilter.Comparison;
import dev.outrider.proxy.config.LogFilter.Operator;
import dev.outrider.proxy.expression.CelExpression;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.routing.HeaderTest;
import dev.outrider.proxy.runtime.KeyedShare;
import dev.outrider.proxy.stream.AccessLogType;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.route.RouteMatchParser;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLogFilter;
import io.envoyproxy.envoy.config.accesslog.v3.ComparisonFilter;
import io.envoyproxy.envoy.config.accesslog.v3.ExtensionFilter;
import io.envoyproxy.envoy.config.accesslog.v3.GrpcStatusFilter;
import io.envoyproxy.envoy.config.accesslog.v3.LogTypeFilter;
import io.envoyproxy.envoy.config.accesslog.v3.RuntimeFilter;
import io.envoyproxy.envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads `accesslog.v3.AccessLogFilter`.
public final class LogFilterParser {
  private static final String EXPRESSION =
      "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter";

  private LogFilterParser() {}

  /// One that takes everything if there were problems.
  public static LogFilter parse(AccessLogFilter message, Scope scope) {
    return switch (message.getFilterSpecifierCase()) {
      case STATUS_CODE_FILTER ->
          new LogFilter.StatusCode(comparison(message.getStatusCodeFilter().getComparison()));
      case DURATION_FILTER ->
          new LogFilter.Duration(comparison(message.getDurationFilter().getComparison()));
      case NOT_HEALTH_CHECK_FILTER -> new LogFilter.NotHealthCheck();
      case HEADER_FILTER ->
          new LogFilter.Header(
              new HeaderTest(
                  RouteMatchParser.header(
                      message.getHeaderFilter().getHeader(), scope.field("header_filter.header"))));
      case RESPONSE_FLAG_FILTER ->
          flags(
              message.getResponseFlagFilter().getFlagsList(), scope.field("response_flag_filter"));
      case GRPC_STATUS_FILTER -> grpc(message.getGrpcStatusFilter());
      case AND_FILTER ->
          new LogFilter.And(
              all(message.getAndFilter().getFiltersList(), scope.field("and_filter")));
      case OR_FILTER ->
          new LogFilter.Or(all(message.getOrFilter().getFiltersList(), scope.field("or_filter")));
      case TRACEABLE_FILTER -> new LogFilter.Traceable();
      case RUNTIME_FILTER -> runtime(message.getRuntimeFilter());
      case METADATA_FILTER -> unsupported("metadata_filter", scope);
      case LOG_TYPE_FILTER -> types(message.getLogTypeFilter());
      case EXTENSION_FILTER ->
          extension(message.getExtensionFilter(), scope.field("extension_filter"));
      case FILTERSPECIFIER_NOT_SET -> {
        scope.problem("one of status_code_filter, duration_filter, header_filter ... is required");
        yield new LogFilter.NotHealthCheck();
      }
    };
  }

  /// An expression is the one kind there is.
  private static LogFilter extension(ExtensionFilter message, Scope scope) {
    var type = ProviderRegistry.typeName(message.getTypedConfig().getTypeUrl());
    if (!type.equals(EXPRESSION)) {
      scope.problem("filter '%s' (%s) is not supported".formatted(message.getName(), type));
      return new LogFilter.NotHealthCheck();
    }
    try {
      var text = ExpressionFilter.parseFrom(message.getTypedConfig().getValue()).getExpression();
      return new LogFilter.Matching(
          CelExpression.compile(
              text, problem -> scope.problem("typed_config.expression", problem)));
    } catch (InvalidProtocolBufferException e) {
      scope.problem("typed_config", String.valueOf(e.getMessage()));
      return new LogFilter.NotHealthCheck();
    }
  }

  private static LogFilter unsupported(String field, Scope scope) {
    scope.refuse(true, field);
    return new LogFilter.NotHealthCheck();
  }

  private static List<LogFilter> all(List<AccessLogFilter> messages, Scope scope) {
    var filters = new ArrayList<LogFilter>();
    for (var i = 0; i < messages.size(); i++) {
      filters.add(parse(messages.get(i), scope.item("filters", i)));
    }
    return filters;
  }

  private static Comparison comparison(ComparisonFilter message) {
    var value = Integer.toUnsignedLong(message.getValue().getDefaultValue());
    var key = message.getValue().getRuntimeKey();
    return switch (message.getOp()) {
      case EQ, UNRECOGNIZED -> new Comparison(Operator.EQUAL, key, value);
      case GE -> new Comparison(Operator.AT_LEAST, key, value);
      case LE -> new Comparison(Operator.AT_MOST, key, value);
    };
  }

  private static LogFilter flags(List<String> names, Scope scope) {
    var flags = new ArrayList<ResponseFlag>();
    for (var i = 0; i < names.size(); i++) {
      var flag = flag(names.get(i));
      if (flag == null) {
        scope.item("flags", i).problem("'" + names.get(i) + "' is no response flag");
      } else {
        flags.add(flag);
      }
    }
    return new LogFilter.Flags(flags);
  }

  private static @Nullable ResponseFlag flag(String name) {
    for (var flag : ResponseFlag.values()) {
      if (flag.shortName().equals(name)) {
        return flag;
      }
    }
    return null;
  }

  /// Envoy writes the same names without their underscores. Moments that do not come are left out.
  private static LogFilter types(LogTypeFilter message) {
    var types = EnumSet.noneOf(AccessLogType.class);
    for (var asked : message.getTypesList()) {
      for (var type : AccessLogType.values()) {
        if (type.text().equals(asked.name())) {
          types.add(type);
        }
      }
    }
    return new LogFilter.Types(types, message.getExclude());
  }

  private static LogFilter runtime(RuntimeFilter message) {
    var percent = message.getPercentSampled();
    return new LogFilter.Sampled(
        new KeyedShare(
            message.getRuntimeKey(),
            Integer.toUnsignedLong(percent.getNumerator()),
            switch (percent.getDenominator()) {
              case HUNDRED, UNRECOGNIZED -> 100;
              case TEN_THOUSAND -> 10_000;
              case MILLION -> 1_000_000;
            }),
        message.getUseIndependentRandomness());
  }

  private static LogFilter grpc(GrpcStatusFilter message) {
    var statuses = 0;
    for (var status : message.getStatusesValueList()) {
      statuses |= 1 << status;
    }
    return new LogFilter.GrpcStatus(statuses, message.getExclude());
  }
}
