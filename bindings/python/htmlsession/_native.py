"""The functions of libhtmlsession as they are in C."""

import ctypes
import os
from ctypes import POINTER, c_char_p, c_double, c_int, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

_ABI = 0
try:
    _lib = ctypes.CDLL(os.environ.get("HTMLSESSION_LIB") or "libhtmlsession.so.%d" % _ABI)
except OSError as error:
    raise ImportError("%s (HTMLSESSION_LIB names the file of the library)" % error) from None


def _declare(result, arguments, names):
    for name in names.split():
        function = getattr(_lib, "session_" + name)
        function.restype, function.argtypes = result, arguments


def _uncopied(self, protocol):
    raise TypeError("a %s can be neither copied nor pickled" % type(self).__name__.lstrip("_"))


_method = ctypes.pythonapi.PyInstanceMethod_New  # makes a C function a method
_method.restype, _method.argtypes = ctypes.py_object, [ctypes.py_object]


def _kind(prefix):
    """A class of handles of the library, freed with the last reference to them: a call under way holds one.
    Their destructor is the C function itself, since Python ignores what a signal raises in one of its own."""
    _declare(None, [c_void_p], prefix + "free")
    return type("_" + prefix, (c_void_p,), {"__del__": _method(getattr(_lib, "session_" + prefix + "free")),
                                           "__reduce_ex__": _uncopied})


_session, _request, _response, _html, _form, _jar, _buffer, _nodes, _strings, _value, _matches, _cookies, _pages = map(
    _kind, ("", "request_", "response_", "html_", "form_", "jar_", "buffer_", "nodes_", "strings_", "value_",
            "matches_", "cookies_", "pages_"))
_hop = type("_hop", (c_void_p,), {"__reduce_ex__": _uncopied})  # one that a response lends and frees
_h, _text, _length, _ints = c_void_p, c_char_p, POINTER(c_size_t), POINTER(c_int)

for _of in "", "request_":
    _declare(c_int, [_h, _text, _text], "{0}set_header {0}set_param {0}set_auth_basic {0}set_auth_digest".format(_of))
    _declare(c_int, [_h, c_uint32, c_int64], "{0}set_retry".format(_of))
    _declare(c_int, [_h, c_uint32], "{0}set_redirect_limit".format(_of))
    _declare(c_int, [_h, c_int64], "{0}set_max_body {0}set_refresh".format(_of))
    _declare(c_int, [_h, _text], "{0}set_auth_bearer {0}set_proxy".format(_of))
    _declare(c_int, [_h, c_int64], "{0}set_timeout_ms {0}set_connect_timeout_ms {0}set_read_timeout_ms".format(_of))
    _declare(c_int, [_h, c_int], "{0}set_verify".format(_of))
_declare(c_uint32, [], "abi_version")
_declare(c_char_p, [c_int], "strerror cookie_reason_text")
for _of, _name in (_session, "new"), (_buffer, "buffer_new"), (_jar, "jar_new"):
    _declare(_of, [], _name)
_declare(_request, [_text, _text], "request_new")
_declare(_jar, [_h], "jar")
_declare(_html, [_h], "response_html")
_declare(c_int, [_h, c_size_t, _text, _text, POINTER(_h), _h], "html_parse")
_declare(c_int, [_h], "fd request_error response_error response_ok response_status response_is_streamed strings_error"
         " value_error value_type value_boolean matches_error nodes_error form_error jar_clear")
_declare(c_char_p, [_h], "request_error_message response_error_message response_url response_reason response_method"
         " strings_error_message value_error_message matches_error_message nodes_error_message form_error_message")
_declare(c_size_t, [_h], "response_header_count response_history_count strings_count value_count jar_count"
         " cookies_count html_form_count")
_declare(c_uint64, [_h], "response_id")
_declare(c_void_p, [_h], "response_userdata")
_declare(c_int64, [_h], "response_available")
_declare(c_double, [_h], "value_number")
_declare(c_int, [_h, _h], "set_jar response_html_error response_failure response_json response_read_line html_title"
         " html_next_url matches_json form_json")
_declare(c_int, [_h, _text], "set_base_url set_ca_file set_browser set_netrc set_unix_socket set_pinned_key"
         " request_set_json")
_declare(c_int, [_h, _text, _text, _text], "set_client_cert request_add_file")
_declare(c_int, [_h, c_int], "set_trust_env set_hsts set_public_only")
_declare(c_int, [_h, _text, _text, _text, c_char_p, c_size_t], "request_add_part")
_declare(c_void_p, [_h, c_size_t], "response_history_at")
_declare(c_int64, [_h, c_int], "response_timing_us")
_declare(c_int, [_h, _text, _text, _text, _length], "jar_delete")
_declare(c_char_p, [], "version")
_declare(c_int, [_h, _text, _text], "request_add_header request_add_param request_add_field request_set_cookie")
_declare(c_int, [_h, c_int], "request_set_streamed")
_declare(c_int, [_h, _text, c_char_p, c_size_t], "request_set_body")
_declare(c_int, [_h, _text, c_int], "request_set_output_file")
_declare(c_int, [_h, _h, c_void_p, POINTER(c_uint64)], "submit")
_declare(c_int, [_h, _text, c_int64, c_void_p, c_void_p, c_void_p, c_void_p], "request_set_body_reader")
_declare(c_int, [_h, c_int, c_void_p, c_void_p, c_void_p], "set_log")
_declare(_pages, [_h, _h, c_size_t], "pages_new")
_declare(c_int, [_h, POINTER(_text), c_size_t], "pages_set_symbols")
_declare(_response, [_h], "pages_next")
_declare(c_void_p, [_h, c_int64], "next")
_declare(c_void_p, [_h, c_uint64, c_int64], "wait")
_declare(c_int, [_h, c_uint64], "cancel")
_declare(c_void_p, [_h, _length], "buffer_data response_body response_text value_string")
_declare(c_void_p, [_h, c_size_t, _length], "value_item_text cookies_name cookies_value")
_declare(c_char_p, [_h, _text, _length], "response_header")
_declare(c_int, [_h, c_size_t, POINTER(c_char_p), POINTER(c_char_p)], "response_header_at")
_declare(c_int64, [_h, c_void_p, c_size_t], "response_read")
_declare(c_int, [_h, c_uint32, _h], "node_text node_full_text node_html node_inner_html")
_declare(c_char_p, [_h, c_uint32], "node_tag")
_declare(c_char_p, [_h, c_uint32, _text, _length], "node_attribute")
_declare(c_size_t, [_h, c_uint32], "node_attribute_count")
_declare(c_int, [_h, c_uint32, c_size_t, POINTER(c_char_p), POINTER(c_char_p)], "node_attribute_at")
_declare(c_uint32, [_h, c_uint32], "node_parent")
_declare(_nodes, [_h, c_uint32], "node_children")
_declare(_nodes, [_h, c_uint32, _text], "html_find")
_declare(POINTER(c_uint32), [_h, _length], "nodes_data value_nodes")
_declare(c_int, [_h, c_size_t], "value_item_kind cookies_reason")
_declare(c_int, [_h, _text, _h], "html_resolve")
_declare(_form, [_h, _text], "html_form_named html_form_find")
_declare(_form, [_h, c_size_t], "html_form_at")
_declare(c_int, [_h, _text, _text], "form_set form_add")
_declare(c_int, [_h, _text, _text, c_int], "form_check form_select")
_declare(c_int, [_h, c_size_t, c_int], "form_check_at")
_declare(c_int, [_h, _text, _text, _text], "form_attach_file")
_declare(c_int, [_h, _text, _text, _text, c_char_p, c_size_t], "form_attach_bytes")
_declare(_request, [_h], "form_submit form_submit_without")
_declare(_request, [_h, _text, _text], "form_submit_with")
_declare(_request, [_h, c_size_t], "form_submit_at")
_declare(c_int, [_h, _text, _h], "html_extract")
_declare(_strings, [_h, c_uint32, _text], "html_find_values")
_declare(_strings, [_h, c_uint32, c_uint32], "html_links")
_declare(_value, [_h, c_uint32, _text], "html_xpath")
_declare(_matches, [_h, c_uint32, _text, c_uint32], "html_search")
_declare(c_void_p, [_h, POINTER(_length)], "strings_data")
_declare(c_int, [_h, _text, _text, _text, _text, c_int64, c_uint32, _ints], "jar_set")
_declare(_cookies, [_h, _text, c_uint32, _text], "jar_explain")
_declare(c_int, [_h, _text, c_int, c_uint32, _length, _h], "jar_load")
_declare(c_int, [_h, _text, c_int, _length], "jar_save")

if _lib.session_abi_version() != _ABI:
    raise ImportError("libhtmlsession has ABI %d; this module needs %d" % (_lib.session_abi_version(), _ABI))
