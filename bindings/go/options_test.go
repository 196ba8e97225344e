package htmlsession_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"htmlsession"
)

func TestVersion(t *testing.T) {
	if !strings.Contains(htmlsession.Version(), ".") || !strings.Contains(htmlsession.Features(), "libcurl/") {
		t.Error(htmlsession.Version(), htmlsession.Features())
	}
}

// What nobody made, and nil, are errors, as for net/http.
func TestNothingPanics(t *testing.T) {
	session, ctx := open(t), t.Context()
	request := build(t, "GET", "http://127.0.0.1:1/")
	var failure *htmlsession.Error
	_, noContext := session.Get(nil, "http://127.0.0.1:1/") //lint:ignore SA1012 that is what is tested
	_, noRequest := session.Do(ctx, nil)
	_, noForm := session.Submit(ctx, nil)
	for what, err := range map[string]error{
		"the context is nil": noContext, "the request is nil": noRequest, "the form is nil": noForm, "the jar is nil": session.SetJar(nil),
	} {
		if !errors.As(err, &failure) || failure.Code != 2 || err.Error() != what {
			t.Errorf("%v, not %s", err, what)
		}
	}
	zero, made := &htmlsession.Session{}, &htmlsession.Request{}
	answer, jar, page, form, element := &htmlsession.Response{}, &htmlsession.Jar{}, &htmlsession.Page{}, &htmlsession.Form{}, htmlsession.Element{}
	results := map[string]error{
		"SetHeader": zero.SetHeader("A", "b"), "SetBaseURL": zero.SetBaseURL(""), "SetJar": session.SetJar(jar),
		"AddField": made.AddField("a", "b"), "SetBody": made.SetBody("", nil), "Err": answer.Err(), "JSON": answer.JSON(new(any)),
		"Set": jar.Set("h", "a", "b"), "Clear": jar.Clear(), "Jar": zero.Jar().Clear(), "Extract": page.Extract("{}", new(any)),
		"form": form.Set("a", "b"),
	}
	_, results["Get"] = zero.Get(ctx, "http://127.0.0.1:1/")
	_, results["Do"] = session.Do(ctx, made)
	_, results["Do of none"] = zero.Do(ctx, request)
	_, results["Submit"] = session.Submit(ctx, form)
	_, results["Text"] = answer.Text()
	_, results["Body"] = answer.Body()
	_, results["Page"] = answer.Page()
	_, results["Read"] = answer.Read(make([]byte, 1))
	_, results["Find"] = page.Find("a")
	_, results["Links"] = page.Links()
	_, results["Forms"] = page.Forms()
	_, results["Select"] = element.Select("a")
	_, results["SelectFirst"] = element.SelectFirst("a")
	_, results["Matches"] = element.Matches("a")
	_, results["Form"] = element.Form()
	_, results["Fields"] = form.Fields()
	for name, err := range results {
		if !errors.Is(err, htmlsession.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for range answer.Headers() {
		t.Error("a header")
	}
	for range element.Attrs() {
		t.Error("an attribute")
	}
	_, attr := element.Attr("a")
	_, parent := element.Parent()
	if attr || parent || element.Name()+element.Text()+page.Title()+answer.URL()+answer.Header("a")+made.Method() != "" ||
		answer.Status() != 0 || len(answer.History()) != 0 || answer.Elapsed() != 0 {
		t.Error("something is in nothing")
	}
	must(t, zero.Close(), zero.Close(), made.Close(), answer.Close(), jar.Close(), page.Close(), form.Close())
}

// Zero is no time-out.
func TestTimeouts(t *testing.T) {
	ctx := t.Context()
	slow := serve(t, func(w http.ResponseWriter, r *http.Request) { time.Sleep(50 * time.Millisecond) })
	session := open(t)
	must(t, session.SetTimeout(0), session.SetConnectTimeout(0), session.SetReadTimeout(0))
	response, err := session.Get(ctx, slow)
	if err != nil {
		t.Fatal(err)
	}
	if response.Elapsed() < 50*time.Millisecond || response.Timing(htmlsession.TimingFirstByte) > response.Elapsed() {
		t.Error(response.Elapsed(), response.Timing(htmlsession.TimingFirstByte))
	}
	response.Close()
	request := build(t, "GET", slow)
	must(t, request.SetReadTimeout(10*time.Millisecond))
	var failure *htmlsession.Error
	if _, err := session.Do(ctx, request); !errors.As(err, &failure) || failure.Code != 302 || !failure.Timeout() {
		t.Error(err)
	}
	deaf, _ := silent(t)
	connect := build(t, "GET", "https"+strings.TrimPrefix(deaf, "http"))
	must(t, connect.SetConnectTimeout(10*time.Millisecond))
	if _, err := session.Do(ctx, connect); !errors.As(err, &failure) || failure.Code != 301 {
		t.Error(err)
	}
	must(t, request.SetReadTimeout(0))
	response, err = session.Do(ctx, request)
	must(t, err)
	response.Close()
}

func TestStatusAndHistory(t *testing.T) {
	ctx, tries := t.Context(), atomic.Int64{}
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a":
			http.Redirect(w, r, "/b", http.StatusFound)
		case "/b":
			http.Redirect(w, r, "/c", http.StatusSeeOther)
		case "/flaky":
			if tries.Add(1) < 3 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		default:
			http.NotFound(w, r)
		}
	})
	session := open(t)
	must(t, session.SetBaseURL(url))
	response, err := session.Post(ctx, "/a", "text/plain", []byte("x"))
	must(t, err)
	var status *htmlsession.StatusError
	if err := response.Err(); !errors.As(err, &status) || status.Status != 404 || status.URL != url+"/c" ||
		!errors.Is(err, htmlsession.ErrStatus) || err.Error() != "404 Client Error: Not Found for url: "+url+"/c" {
		t.Errorf("%v %+v", err, status)
	}
	hops := response.History()
	response.Close()
	var ways []string
	for _, hop := range hops {
		ways = append(ways, fmt.Sprint(hop.Method(), hop.Status(), hop.Reason(), hop.Header("Location"), hop.Err()))
	}
	if fmt.Sprint(ways) != "[POST302Found/b<nil> GET303See Other/c<nil>]" || response.Status() != 0 {
		t.Error(ways)
	}
	if text, err := hops[1].Text(); !strings.Contains(text, "See Other") && err == nil {
		t.Error(text)
	}
	must(t, hops[0].Close(), hops[1].Close())
	if hops[0].Status() != 0 {
		t.Error("a hop after Close")
	}

	request := build(t, "GET", "/a")
	must(t, request.SetRedirectLimit(0))
	response, err = session.Do(ctx, request)
	if err != nil || response.Status() != 302 || response.Err() != nil || response.HTTPVersion() != 11 ||
		"http://"+response.RemoteAddress() != url {
		t.Error(err)
	}
	response.Close()
	var failure *htmlsession.Error
	must(t, request.SetRedirectLimit(1))
	if _, err := session.Do(ctx, request); !errors.As(err, &failure) || failure.Code != 406 {
		t.Error(err)
	}
	must(t, session.SetRedirectPolicy(htmlsession.RedirectsStrict, true))
	post := build(t, "POST", "/a")
	response, err = session.Do(ctx, post)
	must(t, err)
	if hops := response.History(); len(hops) != 2 || hops[1].Method() != "POST" {
		t.Error(hops)
	}
	response.Close()

	must(t, session.SetRetry(3, time.Millisecond))
	response, err = session.Get(ctx, "/flaky")
	if err != nil || response.Status() != 200 || tries.Load() != 3 {
		t.Error(err, tries.Load())
	}
	response.Close()
	for _, err := range []error{
		session.SetRetry(0, 0), session.SetRetry(1, -1), session.SetRedirectLimit(-1), session.SetRedirectPolicy(9, false),
	} {
		if !errors.As(err, &failure) || failure.Code != 2 {
			t.Error(err)
		}
	}
}

func TestLimitsAndFiles(t *testing.T) {
	session, ctx := open(t), t.Context()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, strings.Repeat("x", 1000)) })
	var failure *htmlsession.Error
	request := build(t, "GET", url)
	must(t, request.SetMaxBody(999))
	if _, err := session.Do(ctx, request); !errors.As(err, &failure) || failure.Code != 404 {
		t.Error(err)
	}
	file := filepath.Join(t.TempDir(), "out")
	must(t, request.SetMaxBody(-1), request.SetOutputFile(file, false))
	response, err := session.Do(ctx, request)
	must(t, err)
	written, err := os.ReadFile(file)
	must(t, err, response.Close())
	if len(written) != 1000 {
		t.Error(len(written))
	}
	upload := build(t, "POST", echo(t))
	must(t, upload.SetBodyFile("text/x", file))
	response, err = session.Do(ctx, upload)
	if e := heard(t, response, err); len(e.Body) != 1000 || e.Header.Get("Content-Type") != "text/x" {
		t.Error(e)
	}
	head, err := session.Head(ctx, url)
	must(t, err)
	if body, err := head.Body(); len(body) != 0 || err != nil || head.Header("Content-Length") != "1000" {
		t.Error(body, err)
	}
	head.Close()

	stream := streamed(t, ctx, session, url)
	defer stream.Close()
	_, text := stream.Text()
	_, body := stream.Body()
	_, page := stream.Page()
	for _, err := range []error{text, body, page, stream.JSON(new(any))} {
		if !errors.Is(err, htmlsession.ErrStreamed) || !strings.Contains(err.Error(), "stream") {
			t.Error(err)
		}
	}
	if read, err := io.ReadAll(stream); len(read) != 1000 || err != nil {
		t.Error(len(read), err)
	}
}

func TestRequestsOfTheirOwn(t *testing.T) {
	session, url, ctx := open(t), echo(t), t.Context()
	request := build(t, "POST", url)
	file := filepath.Join(t.TempDir(), "f.txt")
	must(t, os.WriteFile(file, []byte("disk"), 0o600))
	must(t, request.SetHeader("X-A", "1"), request.AddHeader("X-A", "2"), request.SetCookie("c", "own"),
		request.AddField("n", "v"), request.AddPart("p", "p.bin", "", []byte("a\x00b")), request.AddPart("q", "", "", nil),
		request.AddFile("f", file, "text/x"))
	response, err := session.Do(ctx, request)
	e := heard(t, response, err)
	if fmt.Sprint(e.Header["X-A"]) != "[1 2]" || e.Header.Get("Cookie") != "c=own" {
		t.Error(e.Header)
	}
	sent := &http.Request{Method: "POST", Header: e.Header, Body: io.NopCloser(bytes.NewReader(e.Body))}
	must(t, sent.ParseMultipartForm(1<<20))
	if fmt.Sprint(sent.MultipartForm.Value) != "map[n:[v] q:[]]" {
		t.Error(sent.MultipartForm.Value)
	}
	for name, wanted := range map[string]string{"p": "p.bin application/octet-stream a\x00b", "f": "f.txt text/x disk"} {
		part, header, err := sent.FormFile(name)
		must(t, err)
		content, _ := io.ReadAll(part)
		if got := fmt.Sprintf("%s %s %s", header.Filename, header.Header.Get("Content-Type"), content); got != wanted {
			t.Errorf("%q", got)
		}
	}
	if header, err := session.Jar().Header(url); header != "" || err != nil {
		t.Error(header, err)
	}
	response, err = session.Patch(ctx, url, "text/plain", []byte("b"))
	if e := heard(t, response, err); e.String() != `PATCH / "b"` {
		t.Error(e)
	}
	jar := htmlsession.NewJar()
	must(t, jar.Set("127.0.0.1", "a", "1"), session.SetJar(jar), jar.Close())
	response, err = session.Get(ctx, url)
	if e := heard(t, response, err); e.Header.Get("Cookie") != "a=1" {
		t.Error(e.Header)
	}
	if err := session.SetJar(jar); !errors.Is(err, htmlsession.ErrClosed) {
		t.Error(err)
	}
}

func TestDigest(t *testing.T) {
	session := open(t)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), `Digest username="ada"`) {
			w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="n", qop="auth"`)
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	request := build(t, "GET", url)
	must(t, request.SetAuthDigest("ada", "secret"))
	response, err := session.Do(t.Context(), request)
	if err != nil || response.Status() != 200 || response.History()[0].Status() != 401 {
		t.Error(err)
	}
}

// A server that wants a certificate gets that of the session.
func TestClientCert(t *testing.T) {
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, len(r.TLS.PeerCertificates))
	}))
	secure.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	secure.StartTLS()
	t.Cleanup(secure.Close)
	own := secure.TLS.Certificates[0]
	secret, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	must(t, err)
	folder := t.TempDir()
	cert, key, both := filepath.Join(folder, "cert"), filepath.Join(folder, "key"), filepath.Join(folder, "both")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate[0]})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	must(t, os.WriteFile(cert, certPEM, 0o600), os.WriteFile(key, keyPEM, 0o600),
		os.WriteFile(both, append(certPEM, keyPEM...), 0o600))
	for files, wanted := range map[[2]string]string{{"", ""}: "0", {cert, key}: "1", {both, ""}: "1"} {
		session := open(t)
		must(t, session.SetVerify(false), session.SetClientCert(files[0], files[1], ""))
		response, err := session.Get(t.Context(), secure.URL)
		if text := said(t, response, err); text != wanted {
			t.Errorf("%v: %s certificates", files, text)
		}
	}
}

func TestAuthorities(t *testing.T) {
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	file := filepath.Join(t.TempDir(), "ca.pem")
	must(t, os.WriteFile(file, authority, 0o600))
	get := func(set func(session *htmlsession.Session) error) error {
		session := open(t)
		must(t, set(session))
		response, err := session.Get(context.Background(), secure.URL)
		if err == nil {
			response.Close()
		}
		return err
	}
	must(t, get(func(s *htmlsession.Session) error { return s.SetCAFile(file) }),
		get(func(s *htmlsession.Session) error { return s.SetCAPEM(authority) }))
	var failure *htmlsession.Error
	missing := filepath.Join(t.TempDir(), "none")
	for code, set := range map[int]func(s *htmlsession.Session) error{
		221: func(s *htmlsession.Session) error { return errors.Join(s.SetCAFile(file), s.SetCAFile("")) },
		226: func(s *htmlsession.Session) error { return s.SetCAFile(missing) },
		224: func(s *htmlsession.Session) error {
			return errors.Join(s.SetCAFile(file), s.SetClientCert(missing, "", ""))
		},
	} {
		if err := get(set); !errors.As(err, &failure) || failure.Code != code {
			t.Errorf("%v, not %d", err, code)
		}
	}
}

func TestWhatOnlySessionsSet(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		fmt.Fprint(w, user, " ", strings.Contains(r.UserAgent(), "Firefox/"))
	}))
	t.Cleanup(server.Close)
	get := func(set ...func(s *htmlsession.Session) error) (string, error) {
		session := open(t)
		for _, one := range set {
			must(t, one(session))
		}
		response, err := session.Get(context.Background(), server.URL)
		if err != nil {
			return "", err
		}
		defer response.Close()
		return response.Text()
	}
	netrc := filepath.Join(t.TempDir(), "netrc")
	must(t, os.WriteFile(netrc, []byte("machine 127.0.0.1 login ada password secret"), 0o600))
	text, err := get(func(s *htmlsession.Session) error { return s.SetNetrc(netrc) },
		func(s *htmlsession.Session) error { return s.SetBrowser("firefox") },
		func(s *htmlsession.Session) error { return s.SetTrustEnv(false) },
		func(s *htmlsession.Session) error { return s.SetHSTS(false) })
	if must(t, err); text != "ada true" {
		t.Errorf("%q", text)
	}
	var failure *htmlsession.Error
	for code, set := range map[int]func(s *htmlsession.Session) error{
		107: func(s *htmlsession.Session) error { return s.SetPublicOnly(true) },
		201: func(s *htmlsession.Session) error { return s.SetUnixSocket(netrc + ".socket") },
	} {
		if _, err := get(set); !errors.As(err, &failure) || failure.Code != code {
			t.Errorf("%v, not %d", err, code)
		}
	}
	session := open(t)
	for name, err := range map[string]error{
		"pinned key": session.SetPinnedKey("no pin"),
		"lynx":       session.SetBrowser("lynx"),
		"none":       session.SetNetrc(netrc + "none"),
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
