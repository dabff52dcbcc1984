// A peer with Go's net/http: ServeContent for memory and files, and plain writes for rows.
package main

import (
	"bytes"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

const (
	rows     = 1_000_000
	endless  = 223_696_213
	slowRows = 40
	slowGap  = 50 * time.Millisecond
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: go_peer PORT DATA")
	}
	port, data := os.Args[1], os.Args[2]
	big := filepath.Join(data, "1g.bin")

	http.HandleFunc("/w1", hello)
	http.HandleFunc("/w2", blob(filepath.Join(data, "64m.bin")))
	http.HandleFunc("/w3", file(big))
	http.HandleFunc("/w4", csv(rows))
	http.HandleFunc("/w5", file(big))
	http.HandleFunc("/w6", hello)
	http.HandleFunc("/w7", csv(endless))
	http.HandleFunc("/w8", slow)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+port, nil))
}

func hello(w http.ResponseWriter, r *http.Request) {
	name(w, "text/plain; charset=utf-8", "hello-world.txt")
	w.Header().Set("ETag", `"v1"`)
	http.ServeContent(w, r, "hello-world.txt", time.Time{}, bytes.NewReader([]byte("Hello world!\n")))
}

func blob(path string) http.HandlerFunc {
	content, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		name(w, "application/octet-stream", "64m.bin")
		http.ServeContent(w, r, "64m.bin", time.Time{}, bytes.NewReader(content))
	}
}

func file(path string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f, err := os.Open(path)
		if err != nil {
			http.Error(w, "no such file", http.StatusNotFound)
			return
		}
		defer f.Close()
		name(w, "application/octet-stream", "1g.bin")
		http.ServeContent(w, r, "1g.bin", time.Time{}, f)
	}
}

func csv(count int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name(w, "text/csv; charset=utf-8", "rows.csv")
		for i := 0; i < count; i++ {
			id := 1_000_000 + i%1_000_000
			if _, err := fmt.Fprintf(w, "%d,user%d,%d@example.org,%d\n", id, id, id, id*3); err != nil {
				return
			}
		}
	}
}

func slow(w http.ResponseWriter, r *http.Request) {
	name(w, "text/csv; charset=utf-8", "rows.csv")
	for i := 0; i < slowRows; i++ {
		if i > 0 {
			time.Sleep(slowGap)
		}
		fmt.Fprintf(w, "%099d\n", i)
		w.(http.Flusher).Flush()
	}
}

func name(w http.ResponseWriter, contentType, name string) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
}
