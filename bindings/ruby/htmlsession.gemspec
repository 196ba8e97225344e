# frozen_string_literal: true

Gem::Specification.new do |spec|
  spec.name = "htmlsession"
  spec.version = File.read("#{__dir__}/lib/htmlsession.rb")[/VERSION = "(.*)"/, 1]
  spec.summary = "HTTP sessions and HTML queries through libhtmlsession"
  spec.authors = ["The libhtmlsession maintainers"]
  spec.homepage = "https://github.com/libhtmlsession/libhtmlsession"
  spec.licenses = %w[MIT Apache-2.0]
  spec.required_ruby_version = ">= 3.1"
  spec.files = Dir["lib/**/*.rb", base: __dir__] + ["example.rb"]
  spec.add_runtime_dependency "ffi", "~> 1.15"
end
