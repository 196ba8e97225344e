/*
 * A program that uses the distribution's libcurl and OpenSSL itself, and this library beside them:
 * `beside PORT CA` is where nginx serves site.test, and its authority. TLS is spoken through all
 * three, in turns and at the same time, and none disturbs the others.
 */
#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>

#include "check.h"
#include "htmlsession.h"

enum { ROUNDS = 20 };

static const char *port, *authority;
static char url[64], resolve[64];

static size_t count(char *bytes, size_t size, size_t number, void *total) {
    (void)bytes;
    *(size_t *)total += size * number;
    return size * number;
}

/* The status that the program's own libcurl gets; the negative of its code on failure. */
static long by_curl(const char *ca) {
    long status = 0;
    size_t bytes = 0;
    CURL *easy = curl_easy_init();
    struct curl_slist *hosts = curl_slist_append(NULL, resolve);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_RESOLVE, hosts);
    if (ca != NULL)
        curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, count);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &bytes);
    CURLcode code = curl_easy_perform(easy);
    if (code == CURLE_OK)
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(easy);
    curl_slist_free_all(hosts);
    return code == CURLE_OK && bytes > 0 ? status : -(long)code;
}

/* Whether the program's own OpenSSL verifies the server and gets a response. */
static int by_openssl(void) {
    char host[64], response[16] = "";
    snprintf(host, sizeof host, "127.0.0.1:%s", port);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_load_verify_locations(context, authority, NULL);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    BIO *bio = BIO_new_ssl_connect(context);
    SSL *ssl = NULL;
    BIO_get_ssl(bio, &ssl);
    SSL_set_tlsext_host_name(ssl, "site.test");
    SSL_set1_host(ssl, "site.test");
    BIO_set_conn_hostname(bio, host);
    int good = BIO_do_connect(bio) == 1 && BIO_puts(bio, "GET /list/1 HTTP/1.0\r\nHost: site.test\r\n\r\n") > 0 &&
               BIO_read(bio, response, 12) == 12 && memcmp(response, "HTTP/1.1 401", 12) == 0;
    BIO_free_all(bio);
    SSL_CTX_free(context);
    return good;
}

static session_t *start(const char *ca) {
    session_t *session = session_new();
    session_set_trust_env(session, 0);
    session_set_resolve(session, "site.test", (uint16_t)atoi(port), "127.0.0.1");
    session_set_ca_file(session, ca);
    return session;
}

static int by_session(session_t *session) {
    session_response_t *response = session_get(session, url);
    int status = session_response_error(response) ? -(int)session_response_error(response)
                                                  : session_response_status(response);
    session_response_free(response);
    return status;
}

static void *in_thread(void *wrong) {
    for (int i = 0; i < ROUNDS; i++)
        *(int *)wrong += by_curl(authority) != 401 || !by_openssl();
    return NULL;
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    port = argv[1];
    authority = argv[2];
    snprintf(url, sizeof url, "https://site.test:%s/list/1", port);
    snprintf(resolve, sizeof resolve, "site.test:%s:127.0.0.1", port);

    /* The library before the program's libcurl is set up at all. */
    session_t *session = start(authority);
    CHECK(by_session(session) == 401);
    CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    CHECK(by_curl(authority) == 401 && by_openssl());

    /* A failure here leaves nothing in the program's OpenSSL, and the other way round. */
    session_t *stranger = start(NULL);
    ERR_clear_error();
    CHECK(by_session(stranger) == -SESSION_E_TLS_UNTRUSTED);
    CHECK(ERR_peek_error() == 0);
    CHECK(by_curl(NULL) == -CURLE_PEER_FAILED_VERIFICATION);
    CHECK(by_session(session) == 401);
    session_free(stranger);

    /* At the same time. */
    int wrong[2] = {0, 0};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, in_thread, &wrong[i]);
    for (int i = 0; i < ROUNDS; i++) {
        session_t *fresh = start(authority); /* a handshake each time */
        CHECK(by_session(fresh) == 401);
        CHECK(by_session(session) == 401);
        session_free(fresh);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        CHECK(wrong[i] == 0);
    }

    /* Either may go before the other. */
    session_free(session);
    CHECK(by_curl(authority) == 401 && by_openssl());
    session = start(authority);
    CHECK(by_session(session) == 401);
    curl_global_cleanup();
    CHECK(by_session(session) == 401 && by_openssl());
    session_free(session);
    printf("%s beside %s, %s\n", session_features(), curl_version(), OpenSSL_version(OPENSSL_VERSION));
    return checked();
}
