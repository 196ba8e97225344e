# frozen_string_literal: true

module HTMLSession
  # What can be asked of a page and of an element, for what is below it.
  module Scope
    LINKS_ABSOLUTE = 1
    SEARCH_ALL = 1
    SEARCH_TEXT = 2
    SEARCH_CASE = 8
    NODES, STRING, NUMBER = 1, 2, 3 # the types of an XPath value; the fourth is boolean
    ELEMENT = 1
    private_constant :LINKS_ABSOLUTE, :SEARCH_ALL, :SEARCH_TEXT, :SEARCH_CASE, :NODES, :STRING, :NUMBER, :ELEMENT

    # The Elements that a selector matches; with ::text the texts, which have no name.
    def css(selector) = ask(:html_find, Native.c(selector)) { |found| elements(found) }

    # The first of them, nil if there is none.
    def at_css(selector) = css(selector).first

    # The texts that a selector matches, or with ::attr(name) the attributes.
    def find(css) = ask(:html_find_values, Native.c(css)) { |found| Native.texts(:strings, found) }

    # The value of an XPath expression: a String, Float, true or false, of nodes the Array of their texts.
    def xpath(expression)
      evaluate(expression) do |value|
        case Native.session_value_type(value)
        when NODES then texts(value)
        when STRING then Native.lent(:value_string, value)
        when NUMBER then Native.session_value_number(value)
        else Native.session_value_boolean(value) == 1
        end
      end
    end

    # The Elements among the nodes of an XPath expression.
    def xpath_elements(expression)
      evaluate(expression) do |value|
        numbers = Native.numbers(:value_nodes, value)
        numbers = numbers.select.with_index { |_, index| Native.session_value_item_kind(value, index) == ELEMENT }
        numbers.map { |number| Element.new(page, number) }
      end
    end

    # The first match of a search template as a Hash, its fields in "fixed" (an Array) and "named" (a Hash);
    # nil if there is none. It is looked for in the HTML, with `text` in the text as a reader sees it;
    # with `match_case` "A" is not "a".
    def search(template, **options) = matches(template, 0, **options).first

    # All matches; else as #search.
    def search_all(template, **options) = matches(template, SEARCH_ALL, **options)

    # The absolute URLs that it links to.
    def links = ask(:html_links, LINKS_ABSOLUTE) { |links| Native.texts(:strings, links) }

    # All of it as a reader sees it.
    def text = write(:node_text)

    # All of it as HTML.
    def html = write(:node_html)

    private

    def ask(function, *arguments)
      page.use do |pointer|
        result = Native.public_send(:"session_#{function}", pointer, node, *arguments)
        block_given? ? yield(result) : result
      end
    end

    def write(function) = page.use { |pointer| Native.written(function, pointer, node) }

    def elements(found)
      Native.asked(:nodes, found) do |nodes|
        Native.numbers(:nodes_data, nodes).map { |number| Element.new(page, number) }
      end
    end

    def evaluate(expression, &block)
      ask(:html_xpath, Native.c(expression)) { |result| Native.asked(:value, result, &block) }
    end

    def texts(value)
      Array.new(Native.session_value_count(value)) do |index|
        Native.lent(:value_item_text, value, index) or raise NoMemoryError, "the nodes' texts are too long together"
      end
    end

    def matches(template, flags, text: false, match_case: false)
      flags |= (text ? SEARCH_TEXT : 0) | (match_case ? SEARCH_CASE : 0)
      json = ask(:html_search, Native.c(template), flags) do |result|
        Native.asked(:matches, result) { |found| Native.written(:matches_json, found) }
      end
      JSON.parse(json)
    end
  end

  # A page, of a response or parsed.
  class Html < Handle
    include Scope

    PREFIX = "html_"

    # Parses a page; its links are relative to the URL. The encoding is the String's, unless one is named; of
    # a binary one it is found as browsers do. With a block the page is closed behind it.
    def self.parse(text, url: nil, encoding: nil, &block)
      bytes = String.try_convert(text) or raise TypeError, "#{text.class} instead of a String as the page"
      bytes = bytes.dup # which nobody changes meanwhile
      bytes, encoding = bytes.encode(Encoding::UTF_8), "utf-8" unless encoding || bytes.encoding == Encoding::BINARY
      into = FFI::MemoryPointer.new(:pointer)
      page = Native.masked do
        Native.written(:html_parse, bytes, bytes.bytesize, Native.c(url), Native.c(encoding), into)
        new(into.read_pointer)
      end
      block ? page.close_after(&block) : page
    end

    def initialize(pointer)
      raise TypeError, "Html.parse makes a page of a #{pointer.class}" unless pointer.is_a?(FFI::Pointer)

      super() { pointer }
    end

    def title = written(:title)

    # The forms, in the page's order.
    def forms = Array.new(call(:form_count)) { |index| form(index) }

    # A form by its place, or by a selector of itself or of anything in it; by its name or id.
    def form(which = 0, name: nil)
      return call(:form_named, Native.c(name)) { |form| Form.new(form) } unless name.nil?
      return call(:form_at, Native.count(which)) { |form| Form.new(form) } if which.is_a?(Integer)

      call(:form_find, Native.c(which)) { |form| Form.new(form) }
    end

    # What an extraction specification finds, both as Hashes: { "title" => "h1", "names" => ["li"] }.
    def extract(spec) = JSON.parse(written(:extract, JSON.generate(spec)))

    # The absolute URL of a reference on this page.
    def resolve(reference) = written(:resolve, Native.c(reference))

    # The address of the next page, nil on the last.
    def next_url = written(:next_url).then { |url| url unless url.empty? }

    private

    def page = self
    def node = 0
  end

  # An element of a page, which it keeps; when the page is closed, it is too. #css and its kin look below it.
  class Element
    include Scope

    def initialize(page, node)
      @page = page
      @node = node
    end

    # Its name, in lower case.
    def name = ask(:node_tag)&.force_encoding(Encoding::UTF_8)

    # The value of an attribute, nil if there is none.
    def [](name) = page.use { |pointer| Native.lent(:node_attribute, pointer, node, Native.c(name)) }

    def key?(name) = !self[name].nil?

    # All attributes as a Hash, in the order of the source.
    def attributes
      field = FFI::MemoryPointer.new(:pointer, 2)
      ask(:node_attribute_count).times.to_h do |index|
        Error.check(ask(:node_attribute_at, index, field, field + FFI::Pointer::SIZE))
        field.read_array_of_pointer(2).map { |text| Native.utf8(text.read_string) }
      end
    end

    # The element that this one is in, nil for the outermost.
    def parent
      above = ask(:node_parent)
      Element.new(page, above) unless above.zero?
    end

    # The elements right below this one.
    def children = ask(:node_children) { |nodes| elements(nodes) }.select(&:name)

    # All text below it, as it stands.
    def full_text = write(:node_full_text)
    def inner_html = write(:node_inner_html)

    # The absolute URL that an attribute names, nil without the attribute.
    def absolute(name = "href") = self[name]&.then { |reference| page.resolve(reference) }

    def ==(other) = other.is_a?(Element) && [page, node] == other.place
    alias eql? ==
    def hash = [page, node].hash
    def inspect = "#<#{self.class} #{page.closed? ? 'of a page that is closed' : name}>"

    protected

    def place = [page, node]

    private

    attr_reader :page, :node
  end

  # A form as its page and you filled it in: form["user"] = "ada". It outlives its page, and belongs to one
  # thread at a time. What it does not have is a QueryError (507).
  class Form < Handle
    PREFIX = "form_"

    def initialize(pointer)
      raise TypeError, "a Form is of a page" unless pointer.is_a?(FFI::Pointer)

      super() { pointer }
      done(call(:error))
    end

    # The whole form: "name", "id", "action", "encoding" and "fields".
    def to_h = JSON.parse(written(:json))

    # The fields, buttons too, as Hashes: "name", "type", "value", "label", "checked", "disabled", of a select
    # "options".
    def fields = to_h["fields"]

    def key?(name) = !named(name).empty?

    # What is filled in: a text; of a checkbox whether it is checked, of several of one name and of a select of
    # several the Array of what is chosen; nil for radio buttons of which none is checked, and without a field.
    def [](name)
      fields = named(name)
      # Many pages send a hidden field in place of a checkbox that is not checked.
      field = fields.find { |other| other["type"] != "hidden" } || fields.first or return
      same = fields.select { |other| other["type"] == field["type"] }
      chosen = same.select { |other| other["checked"] }.map { |other| other["value"] }
      case field["type"]
      when "select-multiple" then field["options"].filter_map { |option| option["value"] if option["selected"] }
      when "radio" then chosen.first
      when "checkbox" then same.size > 1 ? chosen : !chosen.empty?
      else field["value"]
      end
    end

    # A text for a field, an option by its value or else by what it shows, or a radio button; true or false for a
    # checkbox; an Array of what is to be chosen of several checkboxes or options.
    def []=(name, value)
      case value
      when true, false then change(:check, name, nil, value ? 1 : 0)
      when Array then choose(name, value.map { |one| Native.shown(Native.c(one)) })
      when nil then raise TypeError, "nil instead of a text"
      else change(:set, name, Native.c(value))
      end
    end

    # Attaches a file, read when the form is sent; with content, bytes as a file of the name `path`.
    def attach(name, path, content: nil, content_type: nil)
      type = Native.c(content_type)
      return change(:attach_file, name, Native.c(path), type) if content.nil?

      bytes = String.try_convert(content) or raise TypeError, "#{content.class} instead of a String as the content"
      change(:attach_bytes, name, Native.c(path), type, bytes, bytes.bytesize)
    end

    # Adds a hidden field that the page does not have, as scripts do.
    def add(name, value) = change(:add, name, Native.c(value))

    # The Request that a browser sends when a button is clicked: the first one, that of a name and perhaps a
    # value, or at a place among the fields; with false none. It names the page as its referrer. Options as
    # for Request#set; with a block it is closed behind it.
    def request(button = nil, value = nil, **options, &block)
      name, arguments =
        case button
        when nil then [:submit, []]
        when false then [:submit_without, []]
        when Integer then [:submit_at, [Native.count(button)]]
        else [:submit_with, [Native.c(button), Native.c(value)]]
        end
      request = call(name, *arguments) do |pointer|
        pointer.null? ? done(call(:error)) : Request.send(:of, pointer)
      end
      request.set(**options)
      block ? request.close_after(&block) : request
    end

    # Sends what #request makes, and waits for the response, which with a block is closed behind it.
    def submit(session, button = nil, value = nil, **options, &block)
      response = request(button, value, **options) { |request| session.perform(request) }
      block ? response.close_after(&block) : response
    end

    private

    def done(code) = Error.check(code, code.zero? ? nil : call(:error_message))

    def change(function, name, *arguments)
      done(call(function, Native.c(name), *arguments))
      self
    end

    def named(name)
      name = Native.shown(Native.c(name))
      fields.select { |field| field["name"] == name }
    end

    def choose(name, values)
      options = named(name).find { |field| field["options"] }&.fetch("options")
      options ? choose_options(name, values, options) : choose_boxes(name, values)
    end

    def choose_boxes(name, values)
      change(:check, name, nil, 0) if values.empty?
      values.each { |value| change(:check, name, value, 1) }
      text = Native.shown(Native.c(name))
      fields.each_with_index do |field, index|
        next unless field["name"] == text && field["type"] == "checkbox" && !values.include?(field["value"])

        done(call(:check_at, index, 0))
      end
    end

    def choose_options(name, values, options)
      values.each { |value| change(:select, name, value, 1) }
      chosen = values.map do |value|
        found = options.find { |option| option["value"] == value } || options.find { |option| option["label"] == value }
        found&.fetch("value")
      end
      options.each do |option|
        next if !option["selected"] || option["disabled"] || chosen.include?(option["value"])

        change(:select, name, option["value"], 0)
      end
    end
  end
end
