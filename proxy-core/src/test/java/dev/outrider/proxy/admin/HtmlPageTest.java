package dev.outrider.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class HtmlPageTest {
  private final FakeServerView server = new FakeServerView();
  private final AdminPages pages = new AdminPages(server, false);

  private String page(String uri) {
    var decoded = new QueryStringDecoder(uri);
    var answer =
        pages
            .answer(new AdminRequest("GET", decoded.path(), decoded.parameters()))
            .toCompletableFuture()
            .join();
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.contentType()).isEqualTo("text/html; charset=UTF-8");
    return answer.body();
  }

  @Test
  void leadsToEveryPageAndOrdersByPost() {
    var index = page("/");

    assertThat(index)
        .contains("<a href='certs'>certs</a>")
        .contains("<form action='quitquitquit' method='post' id='quitquitquit'>")
        .contains("<form action='stats/prometheus' method='get' id='stats-prometheus'>")
        .contains("<input type='text' name='resource' form='config_dump' value=''>")
        .contains("<input type='checkbox' name='text_readouts' form='stats-prometheus'>");
    var forms = Pattern.compile("<form action='([^']+)'").matcher(index).results().count();
    var links = Pattern.compile("<a href=").matcher(index).results().count();
    var help =
        pages
            .answer(new AdminRequest("GET", "/help", Map.of()))
            .toCompletableFuture()
            .join()
            .body();
    assertThat(forms + links).isEqualTo(help.lines().filter(l -> l.startsWith("  /")).count() - 1);
  }

  @Test
  void showsStatisticsBelowWhatChoseThem() {
    server.registry.counter("a.count").add(3);
    server.registry.gauge("b.level").set(2);

    var page = page("/stats?format=html&type=Counters&filter=a'b|count&usedonly");

    assertThat(page)
        .contains("<option value='Counters' selected>Counters</option>")
        .contains("<option value='html' selected>html</option>")
        .contains("name='filter' form='stats' value='a&#39;b|count'")
        .contains("name='usedonly' form='stats' checked")
        .contains("name='invert_filter' form='stats' onchange")
        .contains("<pre>\na.count: 3\n</pre>")
        .contains("<i>No histograms found</i>")
        .doesNotContain("b.level");
  }

  @Test
  void letsNoNameBecomeMarkup() {
    server.registry.counter("<script>alert(1)</script>").add(1);
    server.registry.text("t", () -> "<img src=x>");

    assertThat(page("/stats?format=html"))
        .contains("&lt;script&gt;alert(1)&lt;/script&gt;: 1")
        .contains("&lt;img src=x&gt;")
        .doesNotContain("<script")
        .doesNotContain("<img");
  }

  @Test
  void watchesStatisticsByThePageThatAnybodyMayAsk() {
    assertThat(page("/stats?format=active-html"))
        .contains("asked.set('format', 'json')")
        .contains("<input type='number' min='1' id='seconds' value='5'>")
        .contains("name='usedonly' form='stats'>")
        .doesNotContain("name='format'");
  }
}
