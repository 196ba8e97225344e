# frozen_string_literal: true

# Corners of the Ruby binding: closed objects, enumerators, encodings.

require "htmlsession"

def raises(kind)
  yield
rescue kind
  true
else
  raise "no #{kind}"
end

def same(one, other)
  raise "#{one.inspect} instead of #{other.inspect}" unless one == other
end

session = HTMLSession::Session.new
response = session.get(ARGV[0])
same(response.header("X-Utf8"), "\u00E9")
same(response.header("X-Latin1").encoding, Encoding::BINARY)
same(response.header("X-Latin1"), "\xE9".b)
same(response.header("X-Absent"), nil)
same(response.each_chunk(2).to_a, %w[12 34 5])
descriptor = session.to_io
same(session.to_io.equal?(descriptor), true)
# The object closes, the descriptor is the session's to close.
number = descriptor.fileno
descriptor.close
same(IO.for_fd(number, autoclose: false).closed?, false)
session.close
raises(IOError) { descriptor.fileno }
raises(IOError) { session.to_io }
raises(IOError) { session.outstanding }
response.close
raises(IOError) { response.status }
puts "good"
