package htmlsession_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"htmlsession"
)

const order = `<form name=search action=/find><input name=q></form>
<form id=order method=post action="/to?x" enctype=multipart/form-data>
<input name=name value=nobody>
<input type=checkbox name=gift value=yes><input type=checkbox name=fast value=1 checked>
<input type=radio name=size value=s checked><input type=radio name=size value=l>
<select name=colour multiple><option value=r selected>Red<option value=g>Green<option value=b>Blue</select>
<select name=where><option>Here<option>There<option disabled>Nowhere</select>
<input type=file name=doc multiple><input type=file name=one>
<button name=go value=first>A</button><button name=go value=second>B</button></form>`

// shop has a page with forms, and tells what it is sent: sorted fields, files as name:type:content.
func shop(t *testing.T) string {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, order)
			return
		}
		_ = r.ParseMultipartForm(1 << 20)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, r.Method, r.RequestURI, r.PostForm, r.Referer())
		if r.MultipartForm == nil {
			return
		}
		for _, name := range []string{"doc", "one"} {
			for _, header := range r.MultipartForm.File[name] {
				file, _ := header.Open()
				content, _ := io.ReadAll(file)
				fmt.Fprintf(w, "%s %s:%s:%s\n", name, header.Filename, header.Header.Get("Content-Type"), content)
			}
		}
	})
}

func said(t *testing.T, response *htmlsession.Response, err error) string {
	t.Helper()
	must(t, err)
	defer response.Close()
	text, err := response.Text()
	must(t, err)
	return text
}

func TestForms(t *testing.T) {
	session, url, ctx := open(t), shop(t), t.Context()
	response, err := session.Get(ctx, url+"/")
	must(t, err)
	page, err := response.Page()
	must(t, err, response.Close())
	forms, err := page.Forms()
	if len(forms) != 2 || err != nil {
		t.Fatal(forms, err)
	}
	form, err := page.Form("form#order")
	must(t, err, page.Close())
	defer form.Close()

	state, err := form.State()
	if err != nil || state.ID != "order" || state.Name != "" || state.Action != "/to?x" || state.Encoding != "UTF-8" {
		t.Error(state, err)
	}
	fields, err := form.Fields()
	if err != nil || len(fields) != 11 {
		t.Fatal(fields, err)
	}
	if f := fields[0]; f.Name != "name" || f.Type != "text" || f.Value != "nobody" || fields[10].Label != "B" {
		t.Errorf("%+v", f)
	}
	if fields[1].Checked || !fields[2].Checked || fields[1].Value != "yes" {
		t.Errorf("%+v", fields[1:3])
	}
	if f := fields[5]; f.Type != "select-multiple" || len(f.Options) != 3 || !f.Options[0].Selected || f.Options[1].Label != "Green" {
		t.Errorf("%+v", f)
	}
	if o := fields[6].Options; !o[2].Disabled || o[1].Selected {
		t.Errorf("%+v", o)
	}

	file := filepath.Join(t.TempDir(), "a.txt")
	must(t, os.WriteFile(file, []byte("from disk"), 0o600))
	must(t, form.Set("name", "Ada & Söhne"), form.Check("gift", ""), form.Uncheck("fast", "1"), form.Check("size", "l"),
		form.Select("colour", "Blue"), form.Unselect("colour", "r"), form.Set("where", "There"),
		form.AttachFile("doc", file, "text/plain"), form.AttachBytes("doc", "b.bin", "", []byte("a\x00b")),
		form.AttachBytes("one", "c.txt", "text/x", nil), form.Add("token", "t"))
	response, err = session.Submit(ctx, form)
	wanted := fmt.Sprintf("POST /to?x map[colour:[b] gift:[yes] go:[first] name:[Ada & Söhne] size:[l] token:[t] where:[There]] %s/\n"+
		"doc a.txt:text/plain:from disk\ndoc b.bin:application/octet-stream:a\x00b\none c.txt:text/x:\n", url)
	if text := said(t, response, err); text != wanted {
		t.Errorf("%q, not %q", text, wanted)
	}
	response, err = session.SubmitWith(ctx, form, "go", "second")
	if text := said(t, response, err); !strings.Contains(text, "go:[second]") {
		t.Error(text)
	}
	must(t, form.SetAt(0, "x"), form.CheckAt(1, false), form.SetDisabled("token", true))
	without, err := form.RequestWithout()
	must(t, err)
	defer without.Close()
	if address, err := without.URL(); address != url+"/to?x" || without.Method() != "POST" || err != nil {
		t.Error(address, err)
	}
	must(t, without.AddParam("p", "1"))
	response, err = session.Do(ctx, without)
	if text := said(t, response, err); !strings.HasPrefix(text, "POST /to?x&p=1 map[colour:[b] name:[x] size:[l] where:[There]] ") {
		t.Error(text)
	}
	at, err := form.RequestAt(10)
	must(t, err)
	defer at.Close()
	response, err = session.Do(ctx, at)
	if text := said(t, response, err); !strings.Contains(text, "go:[second]") {
		t.Error(text)
	}

	must(t, forms[0].Set("q", "a b"))
	get, err := forms[0].Request()
	must(t, err)
	defer get.Close()
	if address, err := get.URL(); address != url+"/find?q=a+b" || err != nil {
		t.Error(address, err)
	}

	var failure *htmlsession.Error
	for text, err := range map[string]error{
		`no field "none" in the form`:  form.Set("none", "1"),
		`"name" is no file field`:      form.AttachFile("name", file, ""),
		"no field 99: the form has 12": form.SetAt(99, "1"),
	} {
		if !errors.Is(err, htmlsession.ErrForm) || !errors.As(err, &failure) || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, not %s", err, text)
		}
	}
	if _, err := form.RequestWith("stay", ""); !errors.Is(err, htmlsession.ErrForm) {
		t.Error(err)
	}
	if _, err := form.RequestImage(9, 1, 2); !errors.Is(err, htmlsession.ErrForm) {
		t.Error(err)
	}
}

func TestFormsOfPages(t *testing.T) {
	page, err := htmlsession.ParseString(order+"<input id=far name=far form=order>", "http://h/")
	must(t, err)
	defer page.Close()
	far, err := page.SelectFirst("#far")
	must(t, err)
	form, err := far.Form()
	must(t, err)
	defer form.Close()
	if state, err := form.State(); state.ID != "order" || len(state.Fields) != 12 || err != nil {
		t.Error(state, err)
	}
	for name, wanted := range map[string]string{"search": "search", "order": ""} {
		form, err := page.FormNamed(name)
		must(t, err)
		if state, err := form.State(); state.Name != wanted || err != nil {
			t.Error(name, state, err)
		}
		must(t, form.Close(), form.Close())
		if err := form.Set("q", ""); !errors.Is(err, htmlsession.ErrClosed) {
			t.Error(err)
		}
	}
	if _, err := page.FormNamed("none"); !errors.Is(err, htmlsession.ErrForm) {
		t.Error(err)
	}
	if _, err := page.FormAt(2); !errors.Is(err, htmlsession.ErrForm) {
		t.Error(err)
	}
	if _, err := page.Form("form["); !errors.Is(err, htmlsession.ErrSelector) {
		t.Error(err)
	}
	page.Close()
	if _, err := page.Forms(); !errors.Is(err, htmlsession.ErrClosed) {
		t.Error(err)
	}
	if _, err := page.FormAt(0); !errors.Is(err, htmlsession.ErrClosed) {
		t.Error(err)
	}
}

// Numbers that C would take the rest of.
func TestFormPlaces(t *testing.T) {
	page := page(t, "<form><input name=a><input type=image name=b></form>")
	form, err := page.FormAt(0)
	must(t, err)
	defer form.Close()
	_, at := page.FormAt(-1)
	_, button := form.RequestAt(-1)
	_, image := form.RequestImage(-1, 0, 0)
	for _, err := range []error{at, button, image, form.SetAt(-1, "x"), form.CheckAt(-1, true)} {
		if !errors.Is(err, htmlsession.ErrForm) || !strings.HasSuffix(err.Error(), " -1") {
			t.Error(err)
		}
	}
	for _, pixel := range [][2]int{{1 << 40, 0}, {0, -1 << 40}} {
		if request, err := form.RequestImage(1, pixel[0], pixel[1]); err == nil {
			url, _ := request.URL()
			t.Error("clicked", url)
		}
	}
}
