/* An SMTP server that takes everything and costs less than any client: one thread, epoll, Linux.

   For clients that end a line with CRLF; commands may come together, also behind a dot (RFC 2920).
   Usage: sink PORT; it ends with SIGTERM. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define END "\r\n.\r\n"
#define END_LENGTH 5
#define LONGEST_LINE 1024

struct client {
    int socket, in_body, seen; /* `seen`: how much of END the last bytes of the body are */
    size_t length;
    char line[LONGEST_LINE];
};

static char data[1 << 20];

static void say(int socket, const char *words) {
    if (send(socket, words, strlen(words), MSG_NOSIGNAL) < 0) perror("send");
}

/* Answer a command; 0 when the client is done. */
static int answer(struct client *client, char *answers) {
    if (!strncasecmp(client->line, "EHLO", 4))
        strcat(answers, "250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n");
    else if (!strncasecmp(client->line, "DATA", 4)) {
        strcat(answers, "354 go\r\n");
        client->in_body = 1;
        client->seen = 2; /* a dot at once ends an empty body */
    } else if (!strncasecmp(client->line, "QUIT", 4)) {
        strcat(answers, "221 bye\r\n");
        return 0;
    } else
        strcat(answers, "250 2.0.0 ok\r\n");
    return 1;
}

/* Skip the body; returns where it ends, or `end` if more must come. */
static char *skip(struct client *client, char *at, char *end) {
    while (at < end) {
        if (client->seen == 0 && (at = memchr(at, '\r', end - at)) == NULL) return end;
        if (*at == END[client->seen]) {
            if (++client->seen == END_LENGTH) return at + 1;
        } else
            client->seen = *at == '\r';
        at++;
    }
    return end;
}

/* Take what came; 0 when the client is done. */
static int take(struct client *client, char *at, char *end) {
    char answers[8192] = "";
    int goes_on = 1;
    while (at < end && goes_on) {
        if (strlen(answers) > sizeof answers - 256) {
            say(client->socket, answers);
            *answers = '\0';
        }
        if (client->in_body) {
            at = skip(client, at, end);
            if (client->seen == END_LENGTH) {
                client->in_body = client->seen = 0;
                strcat(answers, "250 2.0.0 taken\r\n");
            }
            continue;
        }
        if (client->length == LONGEST_LINE - 1) return 0;
        client->line[client->length++] = *at;
        if (*at++ == '\n') {
            client->line[client->length] = '\0';
            client->length = 0;
            goes_on = answer(client, answers);
        }
    }
    if (*answers) say(client->socket, answers);
    return goes_on;
}

int main(int count, char **words) {
    int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0);
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(count > 1 ? atoi(words[1]) : 2525)};
    struct epoll_event event = {.events = EPOLLIN}, found[64];
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&place, sizeof place) || listen(listener, 128)) {
        perror("sink");
        return 1;
    }
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(poll, found, 64, -1);
        for (int i = 0; i < ready; i++) {
            struct client *client = found[i].data.ptr;
            if (client == NULL) {
                client = calloc(1, sizeof *client);
                client->socket = accept(listener, NULL, NULL);
                setsockopt(client->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                event.data.ptr = client;
                epoll_ctl(poll, EPOLL_CTL_ADD, client->socket, &event);
                say(client->socket, "220 sink ESMTP\r\n");
                continue;
            }
            ssize_t length = recv(client->socket, data, sizeof data, 0);
            if (length <= 0 || !take(client, data, data + length)) {
                close(client->socket);
                free(client);
            }
        }
    }
}
