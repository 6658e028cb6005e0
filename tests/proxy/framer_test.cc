// Framing of HTTP and MySQL streams, byte by byte and in one go.
#include <gtest/gtest.h>

#include "tests/proxy/http_framer.h"
#include "tests/proxy/link.h"
#include "tests/proxy/rule.h"
#include "tests/proxy/sql_framer.h"

namespace vexaa::proxy {
namespace {

using Side = HttpFramer::Side;
using Kind = HttpPiece::Kind;

struct Framed {
  std::string bytes;  // of all pieces
  int heads = 0;
  int ends = 0;
};

Framed Frame(HttpFramer& framer, std::string_view text, size_t step) {
  Framed framed;
  for (size_t at = 0; at < text.size(); at += step) {
    std::string_view part = text.substr(at, step);
    while (!part.empty()) {
      HttpPiece piece = framer.Next(part);
      framed.bytes += piece.bytes;
      framed.heads += piece.kind == Kind::kHead ? 1 : 0;
      framed.ends += piece.last ? 1 : 0;
    }
  }
  return framed;
}

TEST(HttpFramer, FindsMessagesHoweverTheyAreCut) {
  const std::string text =
      "PUT /a?b=c HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"
      "GET /d HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /e HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;x=y\r\nhello\r\n0\r\nTrailer: t\r\n\r\n";
  for (size_t step = 1; step <= text.size(); ++step) {
    HttpFramer framer(Side::kRequests);
    Framed framed = Frame(framer, text, step);
    EXPECT_EQ(framed.bytes, text) << step;
    EXPECT_EQ(framed.heads, 3) << step;
    EXPECT_EQ(framed.ends, 3) << step;
  }
}

TEST(HttpFramer, KnowsRepliesWithoutABody) {
  for (const char* head :
       {"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}) {
    HttpFramer framer(Side::kResponses);
    EXPECT_EQ(Frame(framer, head, 1000).ends, 1) << head;
  }
  HttpFramer framer(Side::kResponses);
  framer.ExpectNoBody(true);
  EXPECT_EQ(
      Frame(framer, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 1000).ends,
      1);
  EXPECT_EQ(framer.status(), 200);
}

TEST(HttpFramer, ReadsAReplyWithoutALengthToTheEndOfTheConnection) {
  HttpFramer framer(Side::kResponses);
  Framed framed = Frame(framer, "HTTP/1.1 200 OK\r\n\r\nbody and more", 3);
  EXPECT_EQ(framed.heads, 1);
  EXPECT_EQ(framed.ends, 0);
}

TEST(HttpHead, SetsAndRemovesHeadersInAnyCase) {
  HttpHead head{"HTTP/1.1 200 OK", {{"ETag", "a"}, {"X", "y"}}};
  head.Set("etag", "b");
  head.Set("x", "");
  EXPECT_EQ(head.Find("ETAG"), "b");
  EXPECT_EQ(head.ToText(), "HTTP/1.1 200 OK\r\netag: b\r\n\r\n");
}

std::string Packet(char sequence, const std::string& payload) {
  return std::string{static_cast<char>(payload.size()), 0, 0, sequence} +
         payload;
}

TEST(SqlFramer, FindsQueriesAndExecutionsOfPreparedStatements) {
  SqlFramer framer;
  EXPECT_TRUE(framer.FromClient(Packet(1, "\x03login"))[0].statement.empty());
  std::string query = Packet(0,
                             "\x03"
                             "COMMIT");
  EXPECT_TRUE(framer.FromClient(query.substr(0, 6)).empty());
  EXPECT_EQ(framer.FromClient(query.substr(6))[0].statement, "COMMIT");
  auto prepared = framer.FromClient(Packet(0, "\x16SELECT ?"));
  EXPECT_TRUE(prepared[0].is_prepare);
  framer.FromServer(Packet(1, std::string("\0\7\0\0\0\0\0\0\0", 9)));
  auto executed =
      framer.FromClient(Packet(0, std::string("\x17\7\0\0\0\0\1\0\0\0", 10)));
  EXPECT_EQ(executed[0].statement, "SELECT ?");
}

TEST(Link, DelaysAndSharesItsRate) {
  using std::chrono::milliseconds;
  Link link({.delay = milliseconds(10), .bits_per_second = 8e6});
  Moment now;
  EXPECT_EQ(link.Enter(Way::kUp, 1000, now), now + milliseconds(11));
  EXPECT_EQ(link.Enter(Way::kUp, 1000, now), now + milliseconds(12));
  EXPECT_EQ(link.Enter(Way::kDown, 1000, now), now + milliseconds(11));
  EXPECT_EQ(link.Queue(Way::kUp, now), milliseconds(2));
  EXPECT_EQ(link.Queue(Way::kUp, now + milliseconds(5)), milliseconds(0));
}

TEST(RuleBook, CountsWhatItSkipsAndWhatItMeets) {
  RuleBook book;
  Rule rule;
  rule.method = "GET";
  rule.path = "^/a.*b$";
  rule.skip = 1;
  rule.count = 2;
  int id = book.Add(rule);
  Subject subject{Target::kRequest, "GET", "/a/b"};
  EXPECT_FALSE(book.Meet({Target::kRequest, "PUT", "/a/b"}));
  EXPECT_FALSE(book.Meet({Target::kRequest, "GET", "/a/c"}));
  EXPECT_FALSE(book.Meet({Target::kStatement, "GET", "/a/b"}));
  EXPECT_FALSE(book.Meet(subject));
  EXPECT_TRUE(book.Meet(subject));
  EXPECT_TRUE(book.Meet(subject));
  EXPECT_FALSE(book.Meet(subject));
  EXPECT_EQ(book.MetCount(id), 2);
}

}  // namespace
}  // namespace vexaa::proxy
