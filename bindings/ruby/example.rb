# frozen_string_literal: true

# Logs in, reads three pages of a list, then fetches its items at once on Ruby's own poller.
#
#   ruby -Ilib example.rb http://127.0.0.1:8080

require "htmlsession"

def pages(session, base)
  token = session.get("#{base}/login") do |response|
    response.html { |login| login.find("input[name=token]::attr(value)").first }
  end
  fields = { user: "ada", password: "böse & gut", token: token }
  response = session.post("#{base}/login", fields: fields)
  puts "#{response.status} #{response.url.delete_prefix(base)} after #{response.redirects} redirect"
  links = []
  loop do
    page = response.html # which raises what went wrong with the transfer
    puts "#{page.title}: #{page.find('li.item').join(', ')}"
    links.concat(page.links.grep(%r{/item/}))
    following = page.next_url
    # The garbage collector does not see how large pages are.
    [page, response].each(&:close)
    return links unless following

    response = session.get(following)
  end
end

# Everything at once; the poller says when there is something to do.
def items(session, links)
  names = links.to_h { |link| [session.submit(HTMLSession::Request.new("GET", link)), link] }
  titles = {}
  while session.outstanding.positive?
    IO.select([session])
    while (response = session.next)
      response.close_after { titles[names[response.id]] = response.html(&:title) }
    end
  end
  titles
end

base = ARGV.fetch(0)
HTMLSession.open do |session|
  titles = items(session, pages(session, base))
  titles.sort.each { |link, title| puts "#{link.delete_prefix(base)} is #{title}" }
  session.get("#{base}/lines/0", stream: true) do |response|
    puts "streamed: #{response.each_line.to_a.join(', ')}"
  end
  begin
    session.get("#{base}/list/1").html.find("li[")
  rescue HTMLSession::QueryError => e
    puts "selector: code #{e.code}"
  end
  begin
    session.get("http://127.0.0.1:1/").check
  rescue HTMLSession::ConnectionError => e
    puts "refused: code #{e.code}"
  end
end
