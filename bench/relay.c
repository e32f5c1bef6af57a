/*
 * The floor: carries bytes between each client and a connection to the service that is its own, and looks at none.
 * What a proxy costs above this is what it does itself; the rest is the kernel's. Usage: relay PORT SERVICE_PORT
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int other[65536]; /* the other end, by descriptor */

static int watched(int poll, int socket) {
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  return epoll_ctl(poll, EPOLL_CTL_ADD, socket, &(struct epoll_event){.events = EPOLLIN, .data.fd = socket});
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct sockaddr_in there = here;
  there.sin_port = htons(atoi(argv[2]));
  int listening = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0);
  setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
  if (bind(listening, (struct sockaddr *)&here, sizeof here) || listen(listening, 1024) || watched(poll, listening)) return 1;
  static char bytes[65536];
  struct epoll_event events[256];
  for (;;) {
    int count = epoll_wait(poll, events, 256, -1);
    for (int i = 0; i < count; i++) {
      int from = events[i].data.fd;
      if (from == listening) {
        int client = accept(listening, NULL, NULL), service = socket(AF_INET, SOCK_STREAM, 0);
        if (client < 0 || service < 0 || connect(service, (struct sockaddr *)&there, sizeof there)) return 1;
        other[client] = service, other[service] = client;
        if (watched(poll, client) || watched(poll, service)) return 1;
      } else {
        ssize_t size = recv(from, bytes, sizeof bytes, MSG_DONTWAIT);
        if (size > 0) size = send(other[from], bytes, size, MSG_NOSIGNAL);
        else if (size == 0) close(from), close(other[from]);
      }
    }
  }
}
