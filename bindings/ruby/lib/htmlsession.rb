# frozen_string_literal: true

require "ffi"

# libhtmlsession for Ruby, through the ffi gem: nothing to compile.
#
#   HTMLSession.open do |session|
#     page = session.get("https://example.org/").check.html
#     puts page.title, page.links
#   end
#
# The library is found by its soname; HTMLSESSION_LIB names another file. Calls that wait let
# other Ruby threads run, and any number of them may share one session. Texts are copied out at
# once; handles are freed by the garbage collector, or by #close and the block form.
module HTMLSession
  ABI = 0

  # The functions as they are in C.
  module Native
    extend FFI::Library
    ffi_lib ENV.fetch("HTMLSESSION_LIB", "libhtmlsession.so.#{ABI}")

    # Without `blocking` the interpreter's lock is held: right for calls that only look.
    def self.function(result, name, *arguments, **options)
      attach_function :"session_#{name}", arguments, result, **options
    end

    function :string, :strerror, :int
    function :uint32, :abi_version
    function :pointer, :new
    function :void, :free, :pointer, blocking: true
    function :pointer, :send, :pointer, :pointer, blocking: true
    function :int, :submit, :pointer, :pointer, :pointer, :pointer
    function :pointer, :next, :pointer, :int64, blocking: true
    function :size_t, :outstanding, :pointer
    function :int, :fd, :pointer
    function :int, :cancel, :pointer, :uint64
    function :pointer, :request_new, :string, :string
    function :int, :request_error, :pointer
    function :string, :request_error_message, :pointer
    function :void, :request_free, :pointer
    %i[request_set_header request_set_param request_add_field request_set_cookie].each do |name|
      function :int, name, :pointer, :string, :string
    end
    function :int, :request_set_timeout_ms, :pointer, :int64
    function :int, :request_set_streamed, :pointer, :int
    function :int, :request_set_output_file, :pointer, :string, :int
    function :void, :response_free, :pointer
    %i[response_error response_ok response_status].each { |name| function :int, name, :pointer }
    %i[response_error_message response_url].each { |name| function :string, name, :pointer }
    function :string, :response_header, :pointer, :string, :pointer
    function :size_t, :response_history_count, :pointer
    function :uint64, :response_id, :pointer
    function :pointer, :response_body, :pointer, :pointer
    function :pointer, :response_text, :pointer, :pointer, blocking: true
    function :pointer, :response_html, :pointer, blocking: true
    function :int, :response_html_error, :pointer, :pointer, blocking: true
    function :int64, :response_read, :pointer, :pointer, :size_t, blocking: true
    function :int, :response_read_line, :pointer, :pointer, blocking: true
    function :void, :html_free, :pointer
    function :int, :html_title, :pointer, :pointer
    function :int, :html_next_url, :pointer, :pointer
    function :pointer, :html_find_values, :pointer, :uint32, :string, blocking: true
    function :pointer, :html_links, :pointer, :uint32, :uint32, blocking: true
    function :void, :strings_free, :pointer
    function :int, :strings_error, :pointer
    function :string, :strings_error_message, :pointer
    function :size_t, :strings_count, :pointer
    function :pointer, :strings_at, :pointer, :size_t, :pointer
    function :pointer, :buffer_new
    function :void, :buffer_free, :pointer
    function :pointer, :buffer_data, :pointer, :pointer
    if session_abi_version != ABI
      raise LoadError, "libhtmlsession has ABI #{session_abi_version}, this file needs #{ABI}"
    end
  end

  # What went wrong: the number of a session_code, and one line that names the offender.
  class Error < StandardError
    attr_reader :code

    def initialize(code, message = nil)
      @code = code
      super(message.to_s.empty? ? Native.session_strerror(code) : message)
    end

    # Raises the class of the code's block, unless the code is 0.
    def self.check(code, message = nil)
      raise FAMILIES.fetch(code / 100, Error).new(code, message) unless code.zero?
    end
  end
  RequestError = Class.new(Error)    # the request cannot be made (codes 1xx)
  ConnectionError = Class.new(Error) # no connection, or it broke (2xx)
  Timeout = Class.new(Error)         # a time-out passed (3xx)
  ResponseError = Class.new(Error)   # the response cannot be used (4xx)
  QueryError = Class.new(Error)      # the question to a page is wrong (5xx)
  CookieError = Class.new(Error)     # a cookie or a cookie file was refused (6xx)
  Error::FAMILIES = { 1 => RequestError, 2 => ConnectionError, 3 => Timeout, 4 => ResponseError,
                      5 => QueryError, 6 => CookieError }.freeze

  # Owns one handle of the library, and frees it exactly once.
  class Handle
    def self.open(*arguments, **options)
      handle = new(*arguments, **options)
      return handle unless block_given?

      begin
        yield handle
      ensure
        handle.close
      end
    end

    def initialize(pointer, free)
      raise NoMemoryError, "libhtmlsession made no object" if pointer.null?

      @pointer = FFI::AutoPointer.new(pointer, Native.method(:"session_#{free}"))
    end

    def close
      @pointer&.free
      @pointer = nil
    end

    def to_ptr
      @pointer or raise IOError, "#{self.class} is closed"
    end

    private

    def text(function, *arguments)
      FFI::MemoryPointer.new(:size_t) do |length|
        data = Native.public_send(:"session_#{function}", self, *arguments, length)
        return data.null? ? nil : data.read_bytes(length.read(:size_t)).force_encoding(Encoding::UTF_8)
      end
    end

    def written(function)
      Buffer.open do |buffer|
        Error.check(Native.public_send(:"session_#{function}", self, buffer))
        buffer.to_s
      end
    end
  end

  class Buffer < Handle
    def initialize = super(Native.session_buffer_new, :buffer_free)
    def to_s = text(:buffer_data)
  end

  class Strings < Handle
    def initialize(pointer)
      super(pointer, :strings_free)
      Error.check(Native.session_strings_error(self), Native.session_strings_error_message(self))
    end

    def to_a = Array.new(Native.session_strings_count(self)) { |index| text(:strings_at, index) }
  end

  # A page.
  class Html < Handle
    ABSOLUTE = 1

    def initialize(pointer) = super(pointer, :html_free)
    def title = written(:html_title)

    # The texts that a selector matches, or with ::attr(name) the attributes.
    def find(css) = Strings.open(Native.session_html_find_values(self, 0, css), &:to_a)

    # The absolute URLs that the page links to.
    def links = Strings.open(Native.session_html_links(self, 0, ABSOLUTE), &:to_a)

    # The address of the next page, nil on the last.
    def next_url = written(:html_next_url).then { |url| url unless url.empty? }
  end

  # The end of a request, whatever became of it.
  class Response < Handle
    def initialize(pointer) = super(pointer, :response_free)
    def ok? = Native.session_response_ok(self) == 1
    def status = Native.session_response_status(self)
    def url = Native.session_response_url(self).force_encoding(Encoding::UTF_8)
    def id = Native.session_response_id(self)
    def redirects = Native.session_response_history_count(self)

    # UTF-8 where the bytes are that, else binary; nil if there is no such field.
    def header(name)
      value = Native.session_response_header(self, name, nil)&.force_encoding(Encoding::UTF_8)
      value.nil? || value.valid_encoding? ? value : value.b
    end

    def body = text(:response_body)&.force_encoding(Encoding::BINARY)
    def to_s = text(:response_text)

    def html
      Error.check(Native.session_response_html_error(self, nil))
      Html.new(Native.session_response_html(self))
    end

    # The body in pieces, while it comes if the request was streamed.
    def each_chunk(size = 65_536)
      return enum_for(:each_chunk, size) unless block_given?

      FFI::MemoryPointer.new(:char, size) do |piece|
        while (count = number(Native.session_response_read(self, piece, size))).positive?
          yield piece.read_bytes(count)
        end
      end
    end

    # The body's lines, without their ends.
    def each_line
      return enum_for(:each_line) unless block_given?

      Buffer.open do |buffer|
        yield buffer.to_s while number(Native.session_response_read_line(self, buffer)).positive?
      end
    end

    # Raises what went wrong with the transfer; a status of 400 and more is no error.
    def check
      Error.check(Native.session_response_error(self), Native.session_response_error_message(self))
      self
    end

    private

    # What a reading function returned: a number, or an error's code with a minus.
    def number(count)
      Error.check(-count, Native.session_response_error_message(self)) if count.negative?
      count
    end
  end

  # A request that can be sent or submitted any number of times.
  class Request < Handle
    # With stream the response comes with its head, and its body is read while it comes; with
    # output_file it goes into a file, and a broken download can be gone on with.
    def initialize(method, url, fields: {}, headers: {}, params: {}, timeout: nil, stream: false,
                   output_file: nil, resume: true)
      super(Native.session_request_new(method, url), :request_free)
      Error.check(Native.session_request_error(self), Native.session_request_error_message(self))
      fields.each { |name, value| Error.check(Native.session_request_add_field(self, name.to_s, value)) }
      headers.each { |name, value| Error.check(Native.session_request_set_header(self, name.to_s, value)) }
      params.each { |name, value| Error.check(Native.session_request_set_param(self, name.to_s, value)) }
      Error.check(Native.session_request_set_timeout_ms(self, (timeout * 1000).to_i)) if timeout
      Error.check(Native.session_request_set_streamed(self, 1)) if stream
      Error.check(Native.session_request_set_output_file(self, output_file, resume ? 1 : 0)) if output_file
    end
  end

  # Cookies, connections and defaults that requests share.
  class Session < Handle
    def initialize = super(Native.session_new, :free)
    def get(url, **options) = request("GET", url, **options)
    def post(url, **options) = request("POST", url, **options)

    def request(method, url, **options)
      Request.open(method, url, **options) { |request| Response.new(Native.session_send(self, request)) }
    end

    # Starts a request and returns its id, which its response will carry.
    def submit(request)
      FFI::MemoryPointer.new(:uint64) do |id|
        Error.check(Native.session_submit(self, request, nil, id))
        return id.read(:uint64)
      end
    end

    # A finished response or nil; waits at most this many seconds (nil: as long as it takes).
    def next(timeout = 0)
      pointer = Native.session_next(self, timeout ? (timeout * 1000).to_i : -1)
      Response.new(pointer) unless pointer.null?
    end

    def outstanding = Native.session_outstanding(self)

    # Readable when #next has something to do: for IO.select and fiber schedulers. It stays the
    # session's: Ruby must not close it, and #close takes it back.
    def to_io = @to_io ||= IO.for_fd(Native.session_fd(self), autoclose: false)

    # The descriptor's number may soon be that of another file.
    def close
      @to_io&.close # not the descriptor: it does not close by itself
      @to_io = nil
      super
    end

    # Cancels one submitted request, or with 0 all; each still gives its response.
    def cancel(id = 0) = Error.check(Native.session_cancel(self, id))
  end

  def self.open(&block) = Session.open(&block)
end
