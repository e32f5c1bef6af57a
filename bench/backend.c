/*
 * The service behind the proxies that are compared: answers every request with the same kilobyte as fast as one thread
 * can. A body is read by its content-length and thrown away. Usage: backend PORT
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

/* Where a connection stands, by descriptor. */
static struct {
  unsigned char blank; /* how much of CR LF CR LF has been seen */
  signed char name;    /* how much of the name below this line has matched, or -1 */
  long length;         /* the value of content-length so far */
  long body;           /* how much of a body is still to come */
} states[CONNECTIONS];
static const char length_name[] = "content-length:";

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

/* One byte of a head; true when it is the last. */
static int ends_head(int connection, char byte) {
  if (states[connection].blank % 2 == (byte == '\r' ? 0 : 1) && (byte == '\r' || byte == '\n')) states[connection].blank++;
  else states[connection].blank = byte == '\r';
  if (byte == '\n') states[connection].name = 0;
  else if (states[connection].name >= 0) {
    if (states[connection].name == sizeof length_name - 1) {
      if (byte >= '0' && byte <= '9') states[connection].length = states[connection].length * 10 + byte - '0';
    } else if ((byte | 0x20) == length_name[(int)states[connection].name] || byte == length_name[(int)states[connection].name]) {
      states[connection].name++;
    } else states[connection].name = -1;
  }
  return states[connection].blank == 4;
}

/* Counts the requests that end in these bytes. */
static int requests(int connection, const char *bytes, ssize_t size) {
  int found = 0;
  for (ssize_t i = 0; i < size;) {
    if (states[connection].body > 0) {
      long here = size - i < states[connection].body ? size - i : states[connection].body;
      i += here;
      states[connection].body -= here;
      if (states[connection].body > 0) break;
      found++;
    } else if (ends_head(connection, bytes[i++])) {
      found += states[connection].length == 0;
      states[connection].body = states[connection].length;
      states[connection].length = 0;
      states[connection].blank = 0;
    }
  }
  return found;
}

static void serve(int connection) {
  char bytes[65536];
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
    memset(&states[connection], 0, sizeof states[connection]);
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
