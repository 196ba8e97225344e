# frozen_string_literal: true

module HTMLSession
  # A cookie jar; any number of sessions may share one.
  class Jar < Handle
    PREFIX = "jar_"
    REFUSED = 600
    STORED, SENT, EXPIRED = 1, 10, 53 # reasons; those up to the first say that a cookie was stored
    private_constant :REFUSED, :STORED, :SENT, :EXPIRED

    def initialize(pointer = nil) = super() { pointer || Native.session_jar_new }
    def size = call(:count)
    def clear = Error.check(call(:clear))

    # Sets a cookie of a host. expires is a Time that is yet to come; nil: when the session ends.
    def set(name, value, domain, path: "/", expires: nil, secure: false, http_only: false, subdomains: false)
      flags = (secure ? 1 : 0) | (http_only ? 2 : 0) | (subdomains ? 4 : 0)
      reason = FFI::MemoryPointer.new(:int)
      texts = [domain, path, name, value].map { |text| Native.c(text) }
      about = "cookie \"#{Native.shown(texts[2])}\""
      raise TypeError, "#{expires.class} instead of a Time" unless expires.nil? || expires.is_a?(Time)

      if expires && expires <= Time.now # which would delete it
        date = expires.getutc.strftime(" on %Y-%m-%d")
        Error.check(REFUSED, Native.session_cookie_reason_text(EXPIRED) + date, about: about)
      end
      code = call(:set, *texts, expires ? Native.milliseconds(expires.to_r) : 0, flags, reason)
      reason = reason.read(:int)
      code = REFUSED if code.zero? && reason > STORED
      Error.check(code, Native.session_cookie_reason_text(reason), about: about)
    end

    # Deletes the cookies of a name and domain, and path if there is one. Returns how many they were.
    def delete(name, domain, path: nil)
      count = FFI::MemoryPointer.new(:size_t)
      Error.check(call(:delete, Native.c(domain), Native.c(path), Native.c(name), count))
      count.read(:size_t)
    end

    # The cookies that a request to this URL sends, as pairs of name and value in the order of the header.
    def cookies(url)
      url = Native.c(url)
      call(:explain, url, 0, nil) do |pointer|
        raise RequestError.new(100, "no cookies for \"#{Native.shown(url)}\"") if pointer.null?

        Native.own(:cookies_, pointer) do |cookies|
          all = Native.session_cookies_count(cookies).times
          sent = all.select { |at| Native.session_cookies_reason(cookies, at) == SENT }
          sent.map { |at| %i[cookies_name cookies_value].map { |of| Native.utf8(Native.lent(of, cookies, at)) } }
        end
      end
    end

    # Adds the cookies of a file (Netscape's cookies.txt, or JSON) and returns how many.
    def load(path)
      count = FFI::MemoryPointer.new(:size_t)
      written(:load, Native.c(path), 0, 0, count)
      count.read(:size_t)
    end

    # Saves the cookies: as JSON if the name ends in ".json", else as cookies.txt. Returns how many.
    def save(path)
      count = FFI::MemoryPointer.new(:size_t)
      path = Native.c(path)
      Error.check(call(:save, path, 0, count), about: Native.shown(path))
      count.read(:size_t)
    end
  end
end
