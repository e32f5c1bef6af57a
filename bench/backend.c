/*
 * The service behind the proxies that are compared: answers every request with the same kilobyte as fast as one thread
 * can. Requests have no body: an empty line ends each. Usage: backend PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS 65536
#define EVENTS 256

static char answer[2048];
static size_t answer_size;
static unsigned char matched[CONNECTIONS]; /* how much of CR LF CR LF has been seen, by descriptor */

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void make_answer(void) {
  int head = sprintf(answer, "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncache-control: no-cache\r\n"
                             "etag: \"33a64df5\"\r\ncontent-length: 1024\r\n\r\n");
  memset(answer + head, 'x', 1024);
  answer_size = (size_t)head + 1024;
}

/* Counts the requests that end in these bytes. */
static int requests(int connection, const char *bytes, ssize_t size) {
  int found = 0;
  for (ssize_t i = 0; i < size; i++) {
    unsigned char state = matched[connection];
    if (bytes[i] == (state % 2 == 0 ? '\r' : '\n')) state++;
    else state = bytes[i] == '\r';
    if (state == 4) {
      found++;
      state = 0;
    }
    matched[connection] = state;
  }
  return found;
}

static void serve(int connection) {
  char bytes[16384];
  ssize_t size = read(connection, bytes, sizeof bytes);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) {
    close(connection);
    return;
  }
  for (int left = requests(connection, bytes, size); left > 0; left--) {
    /* An answer fits the socket's buffer: the proxies wait for it before they send the next request. */
    if (write(connection, answer, answer_size) != (ssize_t)answer_size) {
      close(connection);
      return;
    }
  }
}

static void accept_all(int listening, int poll) {
  int connection;
  while ((connection = accept4(listening, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    if (connection >= CONNECTIONS) {
      close(connection);
      continue;
    }
    int on = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    matched[connection] = 0;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = connection};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, connection, &event) != 0) die("epoll_ctl");
  }
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s PORT\n", argv[0]);
    return 2;
  }
  make_answer();
  int listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int on = 1;
  setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listening, (struct sockaddr *)&address, sizeof address) != 0) die("bind");
  if (listen(listening, 1024) != 0) die("listen");
  int poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listening};
  if (epoll_ctl(poll, EPOLL_CTL_ADD, listening, &event) != 0) die("epoll_ctl");
  struct epoll_event events[EVENTS];
  for (;;) {
    int count = epoll_wait(poll, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.fd == listening) accept_all(listening, poll);
      else serve(events[i].data.fd);
    }
  }
}
