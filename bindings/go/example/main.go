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

func login(ctx context.Context, session *htmlsession.Session, base string) (*htmlsession.Response, error) {
	response, err := session.Get(ctx, base+"/login")
	if err != nil {
		return nil, err
	}
	page, err := response.Page()
	if err != nil {
		return nil, err
	}
	token, err := page.Find("input[name=token]::attr(value)")
	if err != nil {
		return nil, err
	}
	post, err := htmlsession.NewRequest("POST", base+"/login")
	if err != nil {
		return nil, err
	}
	for _, field := range [][2]string{{"user", "ada"}, {"password", "böse & gut"}, {"token", token[0]}} {
		if err := post.AddField(field[0], field[1]); err != nil {
			return nil, err
		}
	}
	return session.Do(ctx, post)
}

func pages(ctx context.Context, session *htmlsession.Session, base string) ([]string, error) {
	response, err := login(ctx, session, base)
	if err != nil {
		return nil, err
	}
	fmt.Printf("%d %s after %d redirect\n",
		response.Status(), strings.TrimPrefix(response.URL(), base), response.Redirects())
	var items []string
	for {
		page, err := response.Page()
		if err != nil {
			return nil, err
		}
		texts, err := page.Find("li.item")
		if err != nil {
			return nil, err
		}
		fmt.Printf("%s: %s\n", page.Title(), strings.Join(texts, ", "))
		links, err := page.Links()
		if err != nil {
			return nil, err
		}
		for _, link := range links {
			if strings.Contains(link, "/item/") {
				items = append(items, link)
			}
		}
		next := page.NextURL()
		if next == "" {
			return items, nil
		}
		if response, err = session.Get(ctx, next); err != nil {
			return nil, err
		}
	}
}

// titles fetches everything at once.
func titles(ctx context.Context, session *htmlsession.Session, links []string) []string {
	titles := make([]string, len(links))
	var group sync.WaitGroup
	for i, link := range links {
		group.Add(1)
		go func() {
			defer group.Done()
			response, err := session.Get(ctx, link)
			if err != nil {
				titles[i] = err.Error()
				return
			}
			defer response.Close()
			if page, err := response.Page(); err == nil {
				defer page.Close()
				titles[i] = page.Title()
			}
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
	streamed, err := session.Do(ctx, request)
	if err != nil {
		log.Fatal(err)
	}
	between := "streamed: "
	for lines := bufio.NewScanner(streamed); lines.Scan(); between = ", " {
		fmt.Print(between, lines.Text())
	}
	fmt.Println()
	response, err := session.Get(ctx, base+"/list/1")
	if err != nil {
		log.Fatal(err)
	}
	page, _ := response.Page()
	var failure *htmlsession.Error
	if _, err := page.Find("li["); errors.Is(err, htmlsession.ErrSelector) && errors.As(err, &failure) {
		fmt.Printf("selector: code %d\n", failure.Code)
	}
	if _, err := session.Get(ctx, "http://127.0.0.1:1/"); errors.Is(err, htmlsession.ErrUnreachable) && errors.As(err, &failure) {
		fmt.Printf("refused: code %d\n", failure.Code)
	}
}
