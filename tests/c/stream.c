/*
 * Bodies in pieces: `stream URL FOLDER`. The driver serves /lines (three lines in chunks), /big (1 MiB of
 * the letter x), /echo (the request's body), /moved (307 to /echo), /file (breaks off at byte 1000
 * unless asked for the rest), /missing (404), /cookies (one good and one bad cookie).
 */
#include "check.h"
#include "htmlsession.h"

#include <stdlib.h>

static session_t *session;

static session_request_t *get(const char *url) {
    session_request_t *request = session_request_new("GET", url);
    CHECK(session_request_error(request) == SESSION_OK);
    return request;
}

static session_response_t *send_free(session_request_t *request) {
    session_response_t *response = session_send(session, request);
    session_request_free(request);
    return response;
}

static void pull(void) {
    session_request_t *request = get("/big");
    CHECK(session_request_set_streamed(request, 1) == SESSION_OK);
    session_response_t *response = session_send(session, request);
    size_t length = 1;
    CHECK(session_response_ok(response) && session_response_is_streamed(response));
    CHECK(session_response_body(response, &length) != NULL && length == 0);
    CHECK(session_response_text(response, NULL) == NULL && session_response_html(response) == NULL);
    session_buffer_t *text = session_buffer_new();
    CHECK(session_response_html_error(response, text) == SESSION_E_STATE);
    CHECK(*session_buffer_data(text, NULL) != '\0');
    char piece[5000];
    int64_t count, all = 0;
    while ((count = session_response_read(response, piece, sizeof piece)) > 0) {
        CHECK(piece[0] == 'x' && piece[count - 1] == 'x');
        all += count;
    }
    CHECK(count == 0 && all == 1 << 20);
    CHECK(session_response_available(response) == -1);
    CHECK(session_response_bytes_received(response) == 1 << 20);
    session_response_free(response);
    /* Not read to its end, and outliving its request. */
    response = send_free(request);
    CHECK(session_response_read(response, piece, 10) == 10);
    CHECK(session_response_available(response) > 0);
    session_response_free(response);

    request = get("/lines");
    session_request_set_streamed(request, 1);
    uint64_t id;
    CHECK(session_submit(session, request, NULL, &id) == SESSION_OK);
    session_request_free(request);
    response = session_wait(session, id, -1);
    CHECK(session_response_id(response) == id);
    CHECK(session_wait(session, id, -1) == NULL && session_wait(session, 12345, -1) == NULL);
    static const char *const lines[] = {"one", "", "three"};
    for (int i = 0; i < 3; i++) {
        CHECK(session_response_read_line(response, text) == 1);
        CHECK_TEXT(session_buffer_data(text, NULL), lines[i]);
    }
    CHECK(session_response_read_line(response, text) == 0);
    CHECK_TEXT(session_response_trailer(response, "x-sum", NULL), "3");
    session_response_free(response);

    /* A response in memory is read the same way. */
    response = session_get(session, "/lines");
    CHECK(session_response_read(response, piece, 4) == 4 && memcmp(piece, "one\n", 4) == 0);
    CHECK(session_response_read_line(response, text) == 1 && session_response_read_line(response, text) == 1);
    CHECK_TEXT(session_buffer_data(text, NULL), "three");
    session_response_free(response);
    session_buffer_free(text);
}

struct sum {
    int64_t bytes, told, freed;
    int stop;
};

static int take(const void *data, size_t length, void *userdata) {
    struct sum *sum = userdata;
    CHECK(((const char *)data)[0] == 'x');
    sum->bytes += (int64_t)length;
    /* What would wait for itself says so. */
    session_response_t *inner = session_get(session, "/echo");
    CHECK(session_response_error(inner) == SESSION_E_BUSY);
    session_response_free(inner);
    return sum->stop;
}

static int tell(int64_t received, int64_t to_receive, int64_t sent, int64_t to_send, void *userdata) {
    struct sum *sum = userdata;
    CHECK(to_receive == 1 << 20 && sent == 0 && to_send == 0);
    sum->told = received;
    return 0;
}

static void count_free(void *userdata) {
    ((struct sum *)userdata)->freed++;
}

static void sink(void) {
    struct sum sum = {0, 0, 0, 0};
    session_request_t *request = get("/big");
    CHECK(session_request_set_sink(request, take, &sum, count_free) == SESSION_OK);
    CHECK(session_request_set_progress(request, tell, &sum, NULL) == SESSION_OK);
    session_response_t *response = session_send(session, request);
    CHECK(session_response_ok(response) && sum.bytes == 1 << 20 && sum.told == 1 << 20);
    session_response_free(response);
    CHECK(sum.freed == 0);
    sum.stop = 1;
    response = send_free(request);
    CHECK(session_response_error(response) == SESSION_E_CALLBACK && session_response_status(response) == 200);
    session_response_free(response);
    CHECK(sum.freed == 1);
}

struct source {
    int at, rewinds, freed;
};

static int64_t give(void *into, size_t room, void *userdata) {
    struct source *source = userdata;
    int count = 0;
    while (source->at < 100000 && (size_t)count < room)
        ((char *)into)[count++] = (char)('a' + source->at++ % 26);
    return count;
}

static int again(void *userdata) {
    struct source *source = userdata;
    source->at = 0;
    source->rewinds++;
    return 0;
}

static int64_t fail(void *into, size_t room, void *userdata) {
    (void)into, (void)room, (void)userdata;
    return -1;
}

static void free_source(void *userdata) {
    ((struct source *)userdata)->freed++;
}

static void reader(void) {
    static const int64_t lengths[] = {100000, -1};
    for (int i = 0; i < 2; i++) {
        struct source source = {0, 0, 0};
        session_request_t *request = session_request_new("PUT", "/moved");
        CHECK(session_request_set_body_reader(request, "text/plain", lengths[i], give, again, &source,
                                              free_source) == SESSION_OK);
        session_response_t *response = send_free(request);
        size_t length = 0;
        const char *body = session_response_body(response, &length);
        CHECK(session_response_error(response) == SESSION_OK && length == 100000 && body[27] == 'b');
        CHECK(session_response_bytes_sent(response) >= 100000);
        session_response_free(response);
        CHECK(source.rewinds == 1 && source.freed == 1);
    }
    struct source source = {0, 0, 0};
    session_request_t *request = session_request_new("PUT", "/moved");
    CHECK(session_request_set_body_reader(request, NULL, 100000, NULL, NULL, NULL, NULL) == SESSION_E_NULL);
    session_request_set_body_reader(request, NULL, 100000, give, NULL, &source, NULL);
    session_response_t *response = session_send(session, request);
    CHECK(session_response_error(response) == SESSION_E_REWIND && session_response_history_count(response) == 1);
    session_response_free(response);
    session_request_set_body_reader(request, NULL, 100000, fail, NULL, &source, NULL);
    response = session_send(session, request);
    CHECK(session_response_error(response) == SESSION_E_CALLBACK);
    session_response_free(response);
    session_request_set_body_reader(request, NULL, 100001, give, again, &source, NULL);
    source.at = 0;
    response = send_free(request);
    CHECK(session_response_error(response) == SESSION_E_BODY);
    session_response_free(response);
}

static long size_of(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return -1;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    fclose(file);
    return size;
}

static void file(const char *folder) {
    char path[4096], part[4096];
    snprintf(path, sizeof path, "%s/download.bin", folder);
    snprintf(part, sizeof part, "%s/download.bin.part", folder);
    remove(path);
    session_request_t *request = get("/file");
    CHECK(session_request_set_output_file(request, "", 1) == SESSION_E_ARGUMENT);
    CHECK(session_request_set_output_file(request, "..", 1) == SESSION_E_ARGUMENT);
    CHECK(session_request_set_output_file(request, "folder/", 1) == SESSION_E_ARGUMENT);
    CHECK(session_request_set_output_file(request, "folder/.", 1) == SESSION_E_ARGUMENT);
    CHECK(session_request_set_output_file(request, path, 1) == SESSION_OK);
    session_response_t *response = session_send(session, request);
    CHECK(session_response_error(response) == SESSION_E_TRUNCATED);
    CHECK(size_of(path) == -1 && size_of(part) == 1000);
    session_response_free(response);
    response = send_free(request);
    CHECK(session_response_ok(response) && session_response_status(response) == 206);
    CHECK(session_response_resumed_from(response) == 1000);
    CHECK(size_of(path) == 5000 && size_of(part) == -1);
    const char *event = NULL, *text = NULL;
    CHECK(session_response_note_count(response) == 1);
    CHECK(session_response_note_at(response, 0, &event, &text) == SESSION_OK);
    CHECK_TEXT(event, "resume");
    CHECK_TEXT(text, "goes on at byte 1000");
    CHECK(session_response_note_at(response, 1, &event, &text) == SESSION_E_ARGUMENT && text == NULL);
    session_response_free(response);
    request = get("/missing");
    session_request_set_output_file(request, path, 0);
    response = send_free(request);
    CHECK(session_response_status(response) == 404 && size_of(path) == 5000);
    CHECK_TEXT(session_response_body(response, NULL), "no such page");
    session_response_free(response);
}

struct lines {
    int count, secrets, freed;
    char last[32];
};

static void note(int level, uint64_t request, const char *event, const char *text, void *userdata) {
    struct lines *lines = userdata;
    CHECK(level >= SESSION_LOG_ERROR && level <= SESSION_LOG_DEBUG && request > 0);
    lines->count++;
    lines->secrets += strstr(text, "s3cret") != NULL;
    snprintf(lines->last, sizeof lines->last, "%s", event);
}

static void free_lines(void *userdata) {
    ((struct lines *)userdata)->freed++;
}

static void tells(void) {
    struct lines lines = {0, 0, 0, ""};
    CHECK(session_set_log(session, 7, note, &lines, NULL) == SESSION_E_ARGUMENT);
    CHECK(session_set_log(session, SESSION_LOG_DEBUG, note, &lines, free_lines) == SESSION_OK);
    session_request_t *request = get("/cookies?token=s3cret");
    session_request_set_auth_basic(request, "u", "s3cret");
    session_request_set_cookie(request, "mine", "s3cret");
    session_response_t *response = send_free(request);
    CHECK(lines.count == 4 && lines.secrets == 0); /* request, response, cookie, end */
    CHECK_TEXT(lines.last, "end");
    CHECK(session_response_cookie_count(response) == 2 && session_response_cookies_sent(response) == 1);
    session_buffer_t *name = session_buffer_new();
    int reason;
    CHECK(session_response_cookie_at(response, 0, name, &reason) == SESSION_OK);
    CHECK_TEXT(session_buffer_data(name, NULL), "good");
    CHECK(reason == SESSION_COOKIE_REASON_ACCEPTED);
    CHECK(session_response_cookie_at(response, 1, name, &reason) == SESSION_OK);
    CHECK(reason == SESSION_COOKIE_REASON_DOMAIN_MISMATCH);
    CHECK(session_response_cookie_at(response, 2, name, &reason) == SESSION_E_ARGUMENT);
    CHECK(session_response_cookie_header(response, name) == SESSION_OK);
    CHECK_TEXT(session_buffer_data(name, NULL), "mine=s3cret");
    CHECK_TEXT(session_response_proxy(response), "");
    CHECK_TEXT(session_response_undecoded(response), "");
    CHECK_TEXT(session_response_encoding_source(response), "default");
    session_buffer_free(name);
    session_response_free(response);
    CHECK(session_set_log(session, SESSION_LOG_DEBUG, NULL, NULL, NULL) == SESSION_OK);
    CHECK(lines.freed == 1);
}

static void defects(void) {
    session_request_t *request = session_request_new("GE T", "/");
    CHECK(session_request_error(request) == SESSION_E_METHOD);
    CHECK(strstr(session_request_error_message(request), "GE T") != NULL);
    session_response_t *response = send_free(request);
    CHECK(session_response_error(response) == SESSION_E_METHOD);
    session_response_free(response);
    request = session_request_new("GET", NULL);
    CHECK(session_request_error(request) == SESSION_E_NULL);
    session_request_free(request);
    if (strstr(session_features(), " negotiate ") == NULL)
        CHECK(session_set_auth_negotiate(session) == SESSION_E_UNSUPPORTED);
    session_code ntlm = session_set_auth_ntlm(session, "d\\u", "p");
    CHECK(ntlm == (strstr(session_features(), " ntlm ") ? SESSION_OK : SESSION_E_UNSUPPORTED));
    session_set_auth_basic(session, NULL, NULL);
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    session = session_new();
    CHECK(session_set_base_url(session, argv[1]) == SESSION_OK);
    pull();
    sink();
    reader();
    file(argv[2]);
    tells();
    defects();
    /* A stream outlives its session, and then says so. */
    session_request_t *request = get("/big");
    session_request_set_streamed(request, 1);
    session_response_t *response = send_free(request);
    session_free(session);
    char piece[4096];
    int64_t count;
    while ((count = session_response_read(response, piece, sizeof piece)) > 0) {
    }
    CHECK(count == -SESSION_E_CLOSED && session_response_error(response) == SESSION_E_CLOSED);
    session_response_free(response);
    return checked();
}
