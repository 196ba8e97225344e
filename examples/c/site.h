/* A little web site to try the library on: it serves itself on a port of the loopback interface. */
#ifndef SITE_H
#define SITE_H

/* The user that may log in, and the password. */
#define SITE_USER "ada"
#define SITE_PASSWORD "correct horse"

/* Starts the site in a child process and gives its port; 0 if that fails. The child ends with
 * site_stop(), and also when this process ends in any other way. Call it before the process has
 * threads. */
int site_start(void);

/* Ends the site and waits for it. */
void site_stop(void);

#endif
