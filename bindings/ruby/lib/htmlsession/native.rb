# frozen_string_literal: true

require "ffi"

module HTMLSession
  ABI = 0
  SLICE = 50 # milliseconds that a wait in C lasts at most: Ruby cannot interrupt it
  MOST = 0x7FFF_FFFF_FFFF_FFFF # of an int64_t
  private_constant :MOST

  # The functions as they are in C.
  module Native
    extend FFI::Library
    begin
      named = ENV.fetch("HTMLSESSION_LIB", "")
      ffi_lib named.empty? ? "libhtmlsession.so.#{ABI}" : named
    rescue LoadError => e
      raise LoadError, "#{e.message.strip} (HTMLSESSION_LIB names the file of the library)"
    end

    # Without `blocking` the interpreter's lock is held: right for calls that only look.
    def self.function(result, names, *arguments, **options)
      Array(names).each { |name| attach_function :"session_#{name}", arguments, result, **options }
    end

    function :uint32, :abi_version
    function :string, :version
    function :string, %i[strerror cookie_reason_text], :int
    function :pointer, %i[new buffer_new jar_new]
    function :void, :free, :pointer, blocking: true
    function :void, %i[request_free response_free html_free jar_free buffer_free strings_free value_free matches_free
                       cookies_free nodes_free form_free pages_free], :pointer
    function :pointer, :buffer_data, :pointer, :pointer
    function :int, :submit, :pointer, :pointer, :pointer, :pointer
    function :pointer, :next, :pointer, :int64
    function :pointer, :wait, :pointer, :uint64, :int64, blocking: true
    function :int, :fd, :pointer
    function :int, :cancel, :pointer, :uint64
    function :size_t, :outstanding, :pointer
    function :pointer, :jar, :pointer
    function :int, :set_jar, :pointer, :pointer
    function :int, %i[set_base_url set_ca_file set_browser set_netrc set_unix_socket set_pinned_key], :pointer, :string
    function :int, :set_client_cert, :pointer, :string, :string, :string
    function :int, %i[set_trust_env set_hsts set_public_only], :pointer, :int
    ["", "request_"].each do |prefix|
      function :int, %w[header param auth_basic auth_digest].map { |name| "#{prefix}set_#{name}" }, :pointer, :string,
               :string
      function :int, %w[auth_bearer proxy].map { |name| "#{prefix}set_#{name}" }, :pointer, :string
      function :int, %w[timeout connect_timeout read_timeout].map { |name| "#{prefix}set_#{name}_ms" }, :pointer,
               :int64
      function :int, %w[max_body refresh].map { |name| "#{prefix}set_#{name}" }, :pointer, :int64
      function :int, "#{prefix}set_retry", :pointer, :uint32, :int64
      function :int, "#{prefix}set_redirect_limit", :pointer, :uint32
      function :int, "#{prefix}set_verify", :pointer, :int
    end
    function :pointer, :request_new, :string, :string
    function :int, %i[request_add_header request_add_param request_add_field request_set_cookie], :pointer, :string,
             :string
    function :int, :request_set_body, :pointer, :string, :buffer_in, :size_t
    function :int, :request_set_body_reader, :pointer, :string, :int64, :pointer, :pointer, :pointer, :pointer
    function :int, :set_log, :pointer, :int, :pointer, :pointer, :pointer
    function :pointer, :pages_new, :pointer, :pointer, :size_t
    function :int, :pages_set_symbols, :pointer, :pointer, :size_t
    function :pointer, :pages_next, :pointer, blocking: true
    function :int, :request_set_json, :pointer, :string
    function :int, :request_add_file, :pointer, :string, :string, :string
    function :int, :request_add_part, :pointer, :string, :string, :string, :buffer_in, :size_t
    function :int, :request_set_streamed, :pointer, :int
    function :int, :request_set_output_file, :pointer, :string, :int
    function :int, %i[request_error response_error response_ok response_status response_is_streamed strings_error
                      value_error matches_error value_type value_boolean nodes_error form_error], :pointer
    function :string, %i[request_error_message response_error_message response_url response_reason response_method
                         strings_error_message value_error_message matches_error_message nodes_error_message
                         form_error_message], :pointer
    function :size_t, %i[response_header_count response_history_count strings_count value_count jar_count
                         cookies_count html_form_count], :pointer
    function :string, :response_header, :pointer, :string, :pointer
    function :int, :response_header_at, :pointer, :size_t, :pointer, :pointer
    function :pointer, :response_history_at, :pointer, :size_t
    function :int64, :response_timing_us, :pointer, :int
    function :uint64, :response_id, :pointer
    function :pointer, :response_userdata, :pointer
    function :pointer, :response_body, :pointer, :pointer
    function :pointer, :response_text, :pointer, :pointer, blocking: true
    function :pointer, :response_html, :pointer, blocking: true
    function :int, %i[response_html_error response_failure response_json response_read_line html_title html_next_url
                      matches_json form_json], :pointer, :pointer, blocking: true
    function :int64, :response_read, :pointer, :pointer, :size_t, blocking: true
    function :int64, :response_available, :pointer
    function :int, :html_parse, :buffer_in, :size_t, :string, :string, :pointer, :pointer, blocking: true
    function :int, %i[node_text node_full_text node_html node_inner_html], :pointer, :uint32, :pointer, blocking: true
    function :string, :node_tag, :pointer, :uint32
    function :pointer, :node_attribute, :pointer, :uint32, :string, :pointer
    function :size_t, :node_attribute_count, :pointer, :uint32
    function :int, :node_attribute_at, :pointer, :uint32, :size_t, :pointer, :pointer
    function :uint32, :node_parent, :pointer, :uint32
    function :pointer, :node_children, :pointer, :uint32
    function :int, %i[html_extract html_resolve], :pointer, :string, :pointer, blocking: true
    function :pointer, %i[html_find html_find_values html_xpath], :pointer, :uint32, :string, blocking: true
    function :pointer, %i[nodes_data value_nodes], :pointer, :pointer
    function :int, :value_item_kind, :pointer, :size_t
    function :pointer, %i[html_form_named html_form_find], :pointer, :string, blocking: true
    function :pointer, :html_form_at, :pointer, :size_t
    function :int, %i[form_set form_add], :pointer, :string, :string
    function :int, %i[form_check form_select], :pointer, :string, :string, :int
    function :int, :form_check_at, :pointer, :size_t, :int
    function :int, :form_attach_file, :pointer, :string, :string, :string
    function :int, :form_attach_bytes, :pointer, :string, :string, :string, :buffer_in, :size_t
    function :pointer, %i[form_submit form_submit_without], :pointer
    function :pointer, :form_submit_with, :pointer, :string, :string
    function :pointer, :form_submit_at, :pointer, :size_t
    function :pointer, :html_links, :pointer, :uint32, :uint32, blocking: true
    function :pointer, :html_search, :pointer, :uint32, :string, :uint32, blocking: true
    function :pointer, %i[strings_at value_item_text cookies_name cookies_value], :pointer, :size_t, :pointer
    function :double, :value_number, :pointer
    function :pointer, :value_string, :pointer, :pointer
    function :int, :jar_clear, :pointer
    function :int, :jar_delete, :pointer, :string, :string, :string, :pointer
    function :int, :jar_set, :pointer, :string, :string, :string, :string, :int64, :uint32, :pointer
    function :pointer, :jar_explain, :pointer, :string, :uint32, :string
    function :int, :jar_load, :pointer, :string, :int, :uint32, :pointer, :pointer, blocking: true
    function :int, :jar_save, :pointer, :string, :int, :pointer, blocking: true
    function :int, :cookies_reason, :pointer, :size_t
    if session_abi_version != ABI
      raise LoadError, "libhtmlsession has ABI #{session_abi_version}, this file needs #{ABI}"
    end

    # An object of the library, freed once. ffi's AutoPointer frees first and forgets the pointer then: an
    # interrupt in between has it freed again. Here it is given up first, and may at worst be left over.
    class Owned < FFI::Pointer
      def initialize(pointer, function)
        super(pointer)
        @releaser = Releaser.new(pointer, function)
        ObjectSpace.define_finalizer(self, @releaser)
      end

      def free = @releaser.call
    end

    # What does not keep the Owned itself from being collected.
    class Releaser
      def initialize(pointer, function)
        @pointer = pointer
        @function = function
      end

      def call(*)
        pointer, @pointer = @pointer, nil
        @function.call(pointer) if pointer
      end
    end
    private_constant :Releaser

    class << self
      # Timeout, Thread#raise and Thread#kill have to wait for the end of the block, so that nothing is lost
      # between a call and what is done about its result. Ctrl-C does not wait.
      def masked(&block) = Thread.handle_interrupt(Object => :never, &block)

      # A URL or a method, which must be one: nil and the like come of mistakes.
      def named(what, value)
        named = value.is_a?(Symbol) || (defined?(URI) && value.is_a?(URI::Generic))
        text = named ? value.to_s : String.try_convert(value)
        c(text || raise(TypeError, "#{value.class} instead of a #{what}"))
      end

      # A text for C; nil is NULL, of a file it is the path.
      def c(value)
        value = value.respond_to?(:to_path) ? value.to_path : value&.to_s
        value.nil? || value.encoding == Encoding::BINARY ? value : value.encode(Encoding::UTF_8)
      end

      def ms(seconds)
        return -1 if seconds.nil?
        raise TypeError, "#{seconds.class} instead of seconds" unless seconds.is_a?(Numeric)
        raise ArgumentError, "a time of #{seconds} seconds" unless seconds >= 0

        seconds == Float::INFINITY ? -1 : milliseconds(seconds)
      end

      # More than C can count is as good as for ever.
      def milliseconds(seconds) = [(seconds * 1000).ceil, MOST].min

      # A number for C, which would take the rest of one that is too large.
      def count(number, most = 0xFFFF_FFFF)
        raise TypeError, "#{number.class} instead of an Integer" unless number.is_a?(Integer)
        raise ArgumentError, "#{number} is out of range" unless number.between?(0, most)

        number
      end

      # What servers send in headers need not be UTF-8; it is binary then.
      def utf8(text)
        text = text&.dup&.force_encoding(Encoding::UTF_8)
        text.nil? || text.valid_encoding? ? text : text.b
      end

      # A text for C as a message names it.
      def shown(text) = text.to_s.dup.force_encoding(Encoding::UTF_8).scrub

      # An object of the library; with a block it is freed behind it. To be masked together with the call
      # that made it.
      def own(kind, pointer)
        raise TypeError, "#{pointer.class} instead of an object of the library" unless pointer.is_a?(FFI::Pointer)
        raise NoMemoryError, "libhtmlsession made no object" if pointer.null?

        pointer = Owned.new(pointer, method(:"session_#{kind}free"))
        return pointer unless block_given?

        begin
          yield pointer
        ensure
          pointer.free
        end
      end

      # A copy of the nodes that an object lends.
      def numbers(name, *arguments)
        length = FFI::MemoryPointer.new(:size_t)
        data = public_send(:"session_#{name}", *arguments, length)
        data.null? ? [] : data.read_array_of_uint32(length.read(:size_t))
      end

      # A copy of the bytes that an object lends.
      def lent(name, *arguments)
        length = FFI::MemoryPointer.new(:size_t)
        data = public_send(:"session_#{name}", *arguments, length)
        data.null? ? nil : data.read_bytes(length.read(:size_t)).force_encoding(Encoding::UTF_8)
      end

      # What a function writes into a buffer: its result or, where it fails, the message.
      def written(name, *arguments)
        own(:buffer_, session_buffer_new) do |buffer|
          code = public_send(:"session_#{name}", *arguments, buffer)
          text = lent(:buffer_data, buffer)
          Error.check(code, text)
          text
        end
      end

      # Yields the result of a query, unless it carries an error.
      def asked(kind, pointer)
        own(:"#{kind}_", pointer) do |result|
          Error.check(*%w[error error_message].map { |what| public_send(:"session_#{kind}_#{what}", result) })
          yield result
        end
      end

      # The texts of a result.
      def texts(kind, pointer)
        asked(kind, pointer) do |result|
          Array.new(session_strings_count(result)) { |index| lent(:strings_at, result, index) }
        end
      end
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
    def self.check(code, message = nil, about: nil)
      return if code.zero?

      message = Native.session_strerror(code) if message.to_s.empty?
      message = message.dup.force_encoding(Encoding::UTF_8)
      raise FAMILIES.fetch(code / 100, Error).new(code, about ? "#{about}: #{message}" : message)
    end
  end
  RequestError = Class.new(Error)    # the request cannot be made (codes 1xx)
  ConnectionError = Class.new(Error) # no connection, or it broke (2xx)
  Timeout = Class.new(Error)         # a time-out passed (3xx)
  ResponseError = Class.new(Error)   # the response cannot be used, or has a status of 400 and more (4xx)
  QueryError = Class.new(Error)      # the question to a page is wrong (5xx)
  CookieError = Class.new(Error)     # a cookie or a cookie file was refused (6xx)
  Error::FAMILIES = { 1 => RequestError, 2 => ConnectionError, 3 => Timeout, 4 => ResponseError,
                      5 => QueryError, 6 => CookieError }.freeze
end
