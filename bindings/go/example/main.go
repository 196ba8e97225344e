// Logs in, reads three pages of a list, then fetches its items at once.
//
//	go run ./example http://127.0.0.1:8080
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"sort"
	"strings"
	"sync"

	"htmlsession"
)

// read gets a page, and closes what the collector would not see for long.
func read(response *htmlsession.Response, err error) (*htmlsession.Page, error) {
	if err != nil {
		return nil, err
	}
	defer response.Close()
	return response.Page()
}

func login(ctx context.Context, session *htmlsession.Session, base string) (*htmlsession.Response, error) {
	page, err := read(session.Get(ctx, base+"/login"))
	if err != nil {
		return nil, err
	}
	defer page.Close()
	token, err := page.Find("input[name=token]::attr(value)")
	if err != nil {
		return nil, err
	}
	post, err := htmlsession.NewRequest("POST", base+"/login")
	if err != nil {
		return nil, err
	}
	defer post.Close()
	for _, field := range [][2]string{{"user", "ada"}, {"password", "böse & gut"}, {"token", token[0]}} {
		if err := post.AddField(field[0], field[1]); err != nil {
			return nil, err
		}
	}
	return session.Do(ctx, post)
}

// list prints a page of the list and gives the items that it links to, and the next page.
func list(page *htmlsession.Page) (items []string, next string, err error) {
	defer page.Close()
	texts, err := page.Find("li.item")
	if err != nil {
		return nil, "", err
	}
	fmt.Printf("%s: %s\n", page.Title(), strings.Join(texts, ", "))
	links, err := page.Links()
	for _, link := range links {
		if strings.Contains(link, "/item/") {
			items = append(items, link)
		}
	}
	return items, page.NextURL(), err
}

func pages(ctx context.Context, session *htmlsession.Session, base string) (all []string, err error) {
	response, err := login(ctx, session, base)
	if err != nil {
		return nil, err
	}
	fmt.Printf("%d %s after %d redirect\n",
		response.Status(), strings.TrimPrefix(response.URL(), base), response.Redirects())
	page, err := read(response, nil)
	for err == nil {
		var items []string
		var next string
		items, next, err = list(page)
		all = append(all, items...)
		if err != nil || next == "" {
			break
		}
		page, err = read(session.Get(ctx, next))
	}
	return all, err
}

// titles fetches everything at once.
func titles(ctx context.Context, session *htmlsession.Session, links []string) []string {
	titles := make([]string, len(links))
	var group sync.WaitGroup
	for i, link := range links {
		group.Add(1)
		go func() {
			defer group.Done()
			page, err := read(session.Get(ctx, link))
			if err != nil {
				titles[i] = err.Error()
				return
			}
			defer page.Close()
			titles[i] = page.Title()
		}()
	}
	group.Wait()
	return titles
}

func main() {
	ctx, base := context.Background(), os.Args[1]
	session, err := htmlsession.New()
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	links, err := pages(ctx, session, base)
	if err != nil {
		log.Fatal(err)
	}
	sort.Strings(links)
	for i, title := range titles(ctx, session, links) {
		fmt.Printf("%s is %s\n", strings.TrimPrefix(links[i], base), title)
	}
	request, err := htmlsession.NewRequest("GET", base+"/lines/0")
	if err == nil {
		err = request.SetStreamed(true)
	}
	if err != nil {
		log.Fatal(err)
	}
	defer request.Close()
	streamed, err := session.Do(ctx, request)
	if err != nil {
		log.Fatal(err)
	}
	defer streamed.Close()
	between := "streamed: "
	for lines := bufio.NewScanner(streamed); lines.Scan(); between = ", " {
		fmt.Print(between, lines.Text())
	}
	fmt.Println()
	page, err := read(session.Get(ctx, base+"/list/1"))
	if err != nil {
		log.Fatal(err)
	}
	defer page.Close()
	var failure *htmlsession.Error
	if _, err := page.Find("li["); errors.Is(err, htmlsession.ErrSelector) && errors.As(err, &failure) {
		fmt.Printf("selector: code %d\n", failure.Code)
	}
	if _, err := session.Get(ctx, "http://127.0.0.1:1/"); errors.Is(err, htmlsession.ErrUnreachable) && errors.As(err, &failure) {
		fmt.Printf("refused: code %d\n", failure.Code)
	}
}
