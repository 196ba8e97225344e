package htmlsession

/*
#include <htmlsession.h>

// With char in place of void, for which cgo would look at what else lies around Go's bytes.
static session_code attach(session_form_t *form, const char *name, const char *file, const char *type,
                           const char *content, size_t length) {
	return session_form_attach_bytes(form, name, file, type, content, length);
}
*/
import "C"

import (
	"context"
	"encoding/json"
	"fmt"
)

// Form is a form in the state that its page and you gave it. It outlives its page, and is used by one
// goroutine at a time.
//
//	form, err := page.Form("form#login")
//	defer form.Close()
//	err = form.Set("user", "ada")
//	response, err := session.Submit(ctx, form)
type Form struct{ *handle[cForm] }

// FormState is what a form is and holds.
type FormState struct {
	Name, ID string
	Action   string // where it is sent to, as the page writes it
	Encoding string // the encoding that its texts are sent in
	Fields   []Field
}

// Field is a field of a form, a button too.
type Field struct {
	Name     string
	Type     string // of an input that ("text", "checkbox"), else "select-one", "select-multiple" or "textarea"
	Value    string // what is sent; of a select that of the first option that is selected
	Label    string // what a button shows
	Checked  bool
	Disabled bool // so that it is not sent
	Options  []Option
}

// Option is an option of a select.
type Option struct {
	Value, Label       string
	Selected, Disabled bool
}

func (p *Page) form(find func(c cPage, t texts) cForm, all ...string) (form *Form, err error) {
	err = p.use(func(c cPage, t texts) error {
		found := find(c, t)
		if err := check(C.session_form_error(found), C.session_form_error_message(found)); err != nil {
			C.session_form_free(found)
			return err
		}
		form = &Form{own(found, func(c cForm) { C.session_form_free(c) })}
		return nil
	}, all...)
	return form, err
}

// Form gives the form that the first match of a selector is, that owns it, or that it is in; ErrForm
// if there is none.
func (p *Page) Form(css string) (*Form, error) {
	return p.form(func(c cPage, t texts) cForm { return C.session_html_form_find(c, t[0]) }, css)
}

// FormNamed gives the first form with a name, or else with it as its id; ErrForm if there is none.
func (p *Page) FormNamed(name string) (*Form, error) {
	return p.form(func(c cPage, t texts) cForm { return C.session_html_form_named(c, t[0]) }, name)
}

// FormAt gives the form at a place on the page, from 0; ErrForm if there is none.
func (p *Page) FormAt(index int) (*Form, error) {
	if index < 0 {
		return nil, none("form", index)
	}
	return p.form(func(c cPage, _ texts) cForm { return C.session_html_form_at(c, C.size_t(index)) })
}

func none(what string, index int) error {
	return &Error{C.SESSION_E_FORM, fmt.Sprintf("no %s %d", what, index)}
}

// Forms gives all forms of the page, in its order.
func (p *Page) Forms() ([]*Form, error) {
	defer p.drop()
	c := p.hold()
	if c == nil {
		return nil, ErrClosed
	}
	forms := make([]*Form, C.session_html_form_count(c))
	for i := range forms {
		form, err := p.FormAt(i)
		if err != nil {
			return nil, err
		}
		forms[i] = form
	}
	return forms, nil
}

// Form gives the form that the element is, that owns it, or that it is in; ErrForm if there is none.
func (e Element) Form() (*Form, error) {
	return e.owner().form(func(c cPage, _ texts) cForm { return C.session_html_form(c, e.node) })
}

// State tells all about the form.
func (f *Form) State() (state FormState, err error) {
	text, err := f.written(func(c cForm, _ texts, into buffer) code { return C.session_form_json(c, into) })
	if err == nil {
		err = json.Unmarshal([]byte(text), &state)
	}
	return state, err
}

// Fields gives the fields of the form, buttons too, in document order. Their places are those that
// SetAt and its kin take.
func (f *Form) Fields() ([]Field, error) {
	state, err := f.State()
	return state.Fields, err
}

func (f *Form) change(change func(c cForm, t texts) code, all ...string) error {
	return f.use(func(c cForm, t texts) error { return check(change(c, t), C.session_form_error_message(c)) }, all...)
}

// Set sets the first field with a name that takes a value: the text of a text field, the option of a
// select, by its value or else by what it shows, or the radio button with the value. ErrForm if there
// is none, or it cannot hold the value.
func (f *Form) Set(name, value string) error {
	return f.change(func(c cForm, t texts) code { return C.session_form_set(c, t[0], t[1]) }, name, value)
}

// SetAt sets the field at a place, as Set.
func (f *Form) SetAt(field int, value string) error {
	if field < 0 {
		return none("field", field)
	}
	return f.change(func(c cForm, t texts) code { return C.session_form_set_at(c, C.size_t(field), t[0]) }, value)
}

// Check checks the first checkbox or radio button with a name and, unless it is "", a value.
func (f *Form) Check(name, value string) error {
	return f.change(func(c cForm, t texts) code { return C.session_form_check(c, t[0], optional(t[1]), 1) }, name, value)
}

// Uncheck unchecks the first checkbox with a name and, unless it is "", a value.
func (f *Form) Uncheck(name, value string) error {
	return f.change(func(c cForm, t texts) code { return C.session_form_check(c, t[0], optional(t[1]), 0) }, name, value)
}

// CheckAt checks or unchecks the field at a place.
func (f *Form) CheckAt(field int, checked bool) error {
	if field < 0 {
		return none("field", field)
	}
	return f.change(func(c cForm, _ texts) code { return C.session_form_check_at(c, C.size_t(field), flag(checked)) })
}

// Select selects an option of the first select with a name, by its value or else by what it shows.
// Where several can be selected the others stay as they are.
func (f *Form) Select(name, value string) error {
	return f.change(func(c cForm, t texts) code { return C.session_form_select(c, t[0], t[1], 1) }, name, value)
}

// Unselect takes the selection of an option back.
func (f *Form) Unselect(name, value string) error {
	return f.change(func(c cForm, t texts) code { return C.session_form_select(c, t[0], t[1], 0) }, name, value)
}

// AttachFile attaches a file of this machine to the first file field with a name. It is read when it
// is sent; the server learns the last part of its path. The media type "" is application/octet-stream.
// A field that does not take several holds the last one.
func (f *Form) AttachFile(name, path, contentType string) error {
	return f.change(func(c cForm, t texts) code {
		return C.session_form_attach_file(c, t[0], t[1], optional(t[2]))
	}, name, path, contentType)
}

// AttachBytes attaches bytes as a file of a name, otherwise as AttachFile.
func (f *Form) AttachBytes(name, filename, contentType string, content []byte) error {
	bytes, length := lentBytes(content)
	return f.change(func(c cForm, t texts) code { return C.attach(c, t[0], t[1], optional(t[2]), bytes, length) }, name, filename, contentType)
}

// Add adds a hidden field that the page does not have, as scripts do.
func (f *Form) Add(name, value string) error {
	return f.change(func(c cForm, t texts) code { return C.session_form_add(c, t[0], t[1]) }, name, value)
}

// SetDisabled disables or enables the first field with a name, as scripts do.
func (f *Form) SetDisabled(name string, disabled bool) error {
	return f.change(func(c cForm, t texts) code { return C.session_form_set_disabled(c, t[0], flag(disabled)) }, name)
}

func (f *Form) request(submit func(c cForm, t texts) cRequest, all ...string) (request *Request, err error) {
	err = f.use(func(c cForm, t texts) error {
		made := submit(c, t)
		if made == nil {
			return check(C.session_form_error(c), C.session_form_error_message(c))
		}
		request, err = ownRequest(made)
		return err
	}, all...)
	return request, err
}

// Request makes the request that a browser sends when the form's first submit button that is not
// disabled is clicked: method, address, body, encoding, Referer and Origin as the form, the button
// and the page say. It can be changed before Session.Do sends it. The form stays as it is.
func (f *Form) Request() (*Request, error) {
	return f.request(func(c cForm, _ texts) cRequest { return C.session_form_submit(c) })
}

// RequestWith is Request with the first submit button with a name and, unless it is "", a value.
func (f *Form) RequestWith(name, value string) (*Request, error) {
	return f.request(func(c cForm, t texts) cRequest { return C.session_form_submit_with(c, t[0], optional(t[1])) }, name, value)
}

// RequestAt is Request with the submit button at a place among the fields.
func (f *Form) RequestAt(field int) (*Request, error) {
	if field < 0 {
		return nil, none("field", field)
	}
	return f.request(func(c cForm, _ texts) cRequest { return C.session_form_submit_at(c, C.size_t(field)) })
}

// RequestImage is Request with an image button, clicked so many pixels from its upper left corner.
func (f *Form) RequestImage(field, x, y int) (*Request, error) {
	if field < 0 {
		return nil, none("field", field)
	}
	if int(int32(x)) != x || int(int32(y)) != y {
		return nil, refuse("no pixel (%d, %d)", x, y)
	}
	return f.request(func(c cForm, _ texts) cRequest {
		return C.session_form_submit_image(c, C.size_t(field), C.int(x), C.int(y))
	})
}

// RequestWithout is Request without any button, as a script's form.submit() does.
func (f *Form) RequestWithout() (*Request, error) {
	return f.request(func(c cForm, _ texts) cRequest { return C.session_form_submit_without(c) })
}

// Submit sends what Form.Request makes, as Do.
func (s *Session) Submit(ctx context.Context, form *Form) (*Response, error) {
	if form == nil {
		return nil, refuse("the form is nil")
	}
	request, err := form.Request()
	if err != nil {
		return nil, err
	}
	defer request.Close()
	return s.Do(ctx, request)
}

// SubmitWith sends what Form.RequestWith makes, as Do.
func (s *Session) SubmitWith(ctx context.Context, form *Form, name, value string) (*Response, error) {
	if form == nil {
		return nil, refuse("the form is nil")
	}
	request, err := form.RequestWith(name, value)
	if err != nil {
		return nil, err
	}
	defer request.Close()
	return s.Do(ctx, request)
}
