/* The floor: one tick, one send() a socket, in C.
 *
 * argv: rate in Hz. Prints "port N"; stdin: 'g' ticks, 's' silence, end of file exits. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_SOCKETS 65536
#define ROUND "01930000-0000-7000-8000-000000000001"

static const char SWITCHING[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
static int sockets[MAX_SOCKETS];
static int count;

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static void take_in(int listener) {
    char request[4096];
    int one = 1, fd = accept(listener, NULL, NULL);
    if (fd < 0 || count == MAX_SOCKETS) exit(1);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (recv(fd, request, sizeof request, 0) <= 0) exit(1);
    if (send(fd, SWITCHING, sizeof SWITCHING - 1, 0) < 0) exit(1);
    sockets[count++] = fd;
}

static void broadcast(int elapsed) {
    char frame[128];
    int size = snprintf(frame + 2, sizeof frame - 2,
                        "{\"type\":\"tick\",\"round\":\"%s\",\"e\":%d,\"m\":237}", ROUND, elapsed);
    frame[0] = (char)0x81;
    frame[1] = (char)size;
    for (int i = 0; i < count; i++)
        if (send(sockets[i], frame, size + 2, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno != EAGAIN)
            exit(1);
}

int main(int argc, char **argv) {
    double period = 1 / atof(argc > 1 ? argv[1] : "10"), next = 0;
    int ticking = 0, elapsed = 10000;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 1024)) return 1;
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("port %d\n", ntohs(address.sin_port));
    fflush(stdout);
    struct pollfd waiting[] = {{.fd = listener, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    for (;;) {
        int wait_ms = ticking ? (int)((next - now()) * 1000) : -1;
        if (poll(waiting, 2, ticking && wait_ms < 0 ? 0 : wait_ms) < 0) return 1;
        if (waiting[0].revents) take_in(listener);
        if (waiting[1].revents) {
            char command;
            if (read(0, &command, 1) != 1) return 0;
            if (command == 'g' || command == 's') ticking = command == 'g', next = now() + period;
        }
        if (ticking && now() >= next) {
            elapsed = elapsed == 99999 ? 10000 : elapsed + 1;
            broadcast(elapsed);
            next += period;
        }
    }
}
