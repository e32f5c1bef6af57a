package dev.outrider.proxy.admin;

import dev.outrider.proxy.metrics.HistogramView;
import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxy.metrics.StatsText;
import java.util.List;
import java.util.function.Predicate;

/// What the admin interface shows to browsers: the index of everything, and statistics with a form
/// for their parameters. Needs nothing from elsewhere.
final class HtmlPage {
  private static final String HEAD =
      """
      <!DOCTYPE html>
      <html lang='en'>
      <head>
        <meta charset='utf-8'>
        <title>Outrider Admin</title>
        <link rel='icon' href='data:,'>
        <style>
          body, button, select, input { font: medium sans-serif; }
          table { border-collapse: collapse; }
          td, th { padding: 4px; text-align: left; }
          tbody tr:nth-child(even) { background: #eee; }
          form { margin: 0; }
          .option { padding-left: 20px; text-align: right; }
          .as-link { background: none; border: none; padding: 0; color: #069; cursor: pointer;
            text-decoration: underline; }
        </style>
      </head>
      <body>
        <table>
          <thead><tr><th>Command</th><th>Description</th></tr></thead>
          <tbody>
      """;
  private static final String TABLE_END = "    </tbody>\n  </table>\n";
  private static final String END = "</body>\n</html>\n";

  /// Asks again and again, and puts what changes most often first. Names are set as text, never as
  /// markup.
  private static final String WATCH =
      """
      <p id='error'></p>
      <pre id='shown'></pre>
      <script>
        const changes = new Map(), last = new Map();
        const field = id => document.getElementById(id);
        async function look() {
          const asked = new URLSearchParams(new FormData(field('stats')));
          asked.set('format', 'json');
          try {
            const answer = await fetch('stats?' + asked);
            if (!answer.ok) throw new Error(await answer.text());
            const stats = (await answer.json()).stats.filter(stat => 'name' in stat);
            for (const stat of stats) {
              if (last.has(stat.name) && last.get(stat.name) !== stat.value) {
                changes.set(stat.name, (changes.get(stat.name) || 0) + 1);
              }
              last.set(stat.name, stat.value);
            }
            const rank = stat => changes.get(stat.name) || 0;
            stats.sort((a, b) => rank(b) - rank(a) || (a.name < b.name ? -1 : 1));
            field('shown').textContent = stats.slice(0, Number(field('most').value))
                .map(stat => stat.name + ': ' + stat.value + ' (' + rank(stat) + ')').join('\\n');
            field('error').textContent = '';
          } catch (failure) {
            field('error').textContent = failure;
          }
          setTimeout(look, 1000 * Math.max(1, Number(field('seconds').value)));
        }
        look();
      </script>
      """;

  private final StringBuilder out = new StringBuilder(HEAD);

  private HtmlPage() {}

  /// Everything there is to ask for.
  static AdminResponse index(List<AdminEndpoint> endpoints) {
    var page = new HtmlPage();
    for (var endpoint : endpoints) {
      if (!endpoint.path().equals("/")) {
        page.command(endpoint);
        for (var parameter : endpoint.parameters()) {
          page.option(formOf(endpoint), parameter, "", "");
        }
      }
    }
    return answer(page.out.append(TABLE_END));
  }

  /// Statistics as text, below what chooses them; a change of that asks again.
  ///
  /// @param parameters of `/stats`
  static AdminResponse stats(
      List<AdminParameter> parameters,
      AdminRequest request,
      List<StatValue> values,
      HistogramView view) {
    var page = new HtmlPage();
    page.out.append("<tr><td><form action='stats' method='get' id='stats'></form></td></tr>\n");
    for (var parameter : parameters) {
      page.option("stats", parameter, said(request, parameter), " onchange='this.form.submit()'");
    }
    page.out.append(TABLE_END);
    page.part("text readouts", values, StatValue.Text.class::isInstance, view);
    page.part("counters or gauges", values, StatValue.Scalar.class::isInstance, view);
    page.part("histograms", values, StatValue.Distribution.class::isInstance, view);
    return answer(page.out);
  }

  /// Counters and gauges as they change.
  ///
  /// @param parameters of `/stats`
  static AdminResponse activeStats(List<AdminParameter> parameters) {
    var page = new HtmlPage();
    page.out.append("<tr><td><form action='stats' method='get' id='stats'></form></td></tr>\n");
    for (var parameter : parameters) {
      if (!parameter.name().equals("format") && !parameter.name().equals("histogram_buckets")) {
        page.option("stats", parameter, "", "");
      }
    }
    page.number("most", "50", "Maximum number of stats to display");
    page.number("seconds", "5", "Number of seconds between each update");
    return answer(page.out.append(TABLE_END).append(WATCH));
  }

  private static String said(AdminRequest request, AdminParameter parameter) {
    var value = request.first(parameter.name());
    return value == null ? "" : parameter.flag() ? "on" : value;
  }

  private static AdminResponse answer(StringBuilder page) {
    return AdminResponse.of(200, "text/html; charset=UTF-8", page.append(END).toString());
  }

  /// A link where nothing can be said, a form elsewhere.
  private void command(AdminEndpoint endpoint) {
    var path = escape(endpoint.path().substring(1));
    if (!endpoint.mutating() && endpoint.parameters().isEmpty()) {
      out.append("<tr><td><a href='%s'>%s</a></td>".formatted(path, path));
    } else {
      out.append(
          "<tr><td><form action='%s' method='%s' id='%s'><button%s>%s</button></form></td>"
              .formatted(
                  path,
                  endpoint.mutating() ? "post" : "get",
                  formOf(endpoint),
                  endpoint.mutating() ? "" : " class='as-link'",
                  path));
    }
    out.append("<td>%s</td></tr>\n".formatted(escape(endpoint.help())));
  }

  private static String formOf(AdminEndpoint endpoint) {
    return escape(endpoint.path().substring(1).replace('/', '-'));
  }

  /// @param said what is chosen already
  /// @param event further attributes
  private void option(String form, AdminParameter parameter, String said, String event) {
    var name = escape(parameter.name());
    out.append("<tr><td class='option'>");
    if (parameter.flag()) {
      out.append(
          "<input type='checkbox' name='%s' form='%s'%s%s>"
              .formatted(name, form, said.isEmpty() ? "" : " checked", event));
    } else if (parameter.choices().isEmpty()) {
      out.append(
          "<input type='text' name='%s' form='%s' value='%s'%s>"
              .formatted(name, form, escape(said), event));
    } else {
      out.append("<select name='%s' form='%s'%s>".formatted(name, form, event));
      for (var choice : parameter.choices()) {
        var value = escape(choice);
        var selected = choice.equals(said) ? " selected" : "";
        out.append("<option value='%s'%s>%s</option>".formatted(value, selected, value));
      }
      out.append("</select>");
    }
    out.append("</td><td>%s</td></tr>\n".formatted(escape(parameter.help())));
  }

  private void number(String id, String value, String help) {
    out.append(
        "<tr><td class='option'><input type='number' min='1' id='%s' value='%s'></td><td>%s</td></tr>\n"
            .formatted(id, value, help));
  }

  private void part(
      String name, List<StatValue> values, Predicate<StatValue> member, HistogramView view) {
    var text = StatsText.of(values.stream().filter(member).toList(), view);
    out.append(
        text.isEmpty()
            ? "<p><i>No %s found</i></p>\n".formatted(name)
            : "<pre>\n" + escape(text) + "</pre>\n");
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
