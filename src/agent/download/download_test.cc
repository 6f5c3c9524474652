// Downloads, against a server of a few lines that does what it is told: cut, lie, refuse.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/download/http.h"
#include "agent/download/part.h"
#include "agent/download/response.h"
#include "agent/result_codes.h"
#include "io/folder.h"
#include "io/test_support.h"

namespace kerf::agent {
namespace {

using io::Faults;
using io::Op;
using io::TestFolder;

// Answers each request with what `answer` returns for it, and closes the connection.
class Server {
 public:
  explicit Server(std::function<std::string(const std::string& request)> answer)
      : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, generic, size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    EXPECT_EQ(::getsockname(listener_, generic, &size), 0);
    port_ = ::ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url(const std::string& path = "/file") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::vector<std::string> requests() {
    const std::lock_guard guard(mutex_);
    return requests_;
  }

 private:
  void serve() {
    for (;;) {
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) {
        return;
      }
      std::string request;
      std::vector<char> buffer(4096);
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t got = ::recv(client, buffer.data(), buffer.size(), 0);
        if (got <= 0 || buffer[0] == 0x16) {  // 0x16: TLS, which is not spoken here
          break;
        }
        request.append(buffer.data(), static_cast<std::size_t>(got));
      }
      {
        const std::lock_guard guard(mutex_);
        requests_.push_back(request);
      }
      const std::string answer = answer_(request);
      ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::shutdown(client, SHUT_WR);
      while (::recv(client, buffer.data(), buffer.size(), 0) > 0) {
      }
      ::close(client);
    }
  }
  std::function<std::string(const std::string&)> answer_;
  int listener_;
  unsigned port_ = 0;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

const std::string content = [] {
  std::string text;
  for (int i = 0; i < 20000; ++i) {
    text += std::to_string(i) + ",";
  }
  return text;
}();

std::string answer(const std::string& status, const std::string& headers, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "Connection: close\r\n\r\n" + body;
}
std::string whole(const std::string& body = content) {
  return answer("200 OK", "ETag: \"v1\"\r\n", body);
}
// The first `keep` bytes of the body, then nothing.
std::string cut(const std::string& text, std::size_t keep) {
  return text.substr(0, text.find("\r\n\r\n") + 4 + keep);
}
std::size_t range_start(const std::string& request) {
  const std::size_t at = request.find("Range: bytes=");
  return at == std::string::npos ? 0 : std::stoul(request.substr(at + 13));
}
std::string from(std::size_t start, const std::string& etag = "\"v1\"") {
  return answer("206 Partial Content",
                "ETag: " + etag + "\r\nContent-Range: bytes " + std::to_string(start) + "-" +
                    std::to_string(content.size() - 1) + "/" + std::to_string(content.size()) +
                    "\r\n",
                content.substr(start));
}

class Download : public testing::Test {
 protected:
  Status fetch(const std::string& url, Wanted wanted = {}) {
    wanted.most = wanted.most == 0 ? 1 << 20 : wanted.most;
    HttpOptions options;
    options.folder = folder_.file("parts");
    options.boot = boot_;
    options.attempts = 3;
    options.wait_ms = 0;
    return HttpFetcher(options).fetch(url, wanted, folder_.file("out"), nullptr);
  }
  ResultCode failure(const std::string& url, const Wanted& wanted = {}) {
    const Status status = fetch(url, wanted);
    EXPECT_FALSE(status);
    EXPECT_FALSE(io::exists(folder_.file("out")));
    return status ? ResultCode::ok : code_of(status.error());
  }
  std::set<std::string> parts() {
    const auto entries = io::list_folder(folder_.file("parts"));
    std::set<std::string> names;
    for (const auto& entry : *entries) {
      names.insert(entry.name);
    }
    return names;
  }
  TestFolder folder_;
  std::string boot_ = "boot";
};

TEST_F(Download, InOnePiece) {
  Server server([](const std::string&) { return whole(); });
  const Status done = fetch(server.url(), {content.size(), sha256(as_bytes(content)), 0});
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(folder_.content("out"), content);
  EXPECT_TRUE(parts().empty());
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(Download, GoesOnAfterEachBrokenConnection) {
  Server server([](const std::string& request) {
    const std::size_t start = range_start(request);
    const std::string all = start == 0 ? whole() : from(start);
    return cut(all, 30'000);
  });
  const Status done = fetch(server.url());
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(folder_.content("out"), content);
  const auto requests = server.requests();
  EXPECT_EQ(requests.size(), (content.size() + 29'999) / 30'000);
  EXPECT_NE(requests[1].find("Range: bytes=30000-"), std::string::npos) << requests[1];
  EXPECT_NE(requests[1].find("If-Range: \"v1\""), std::string::npos) << requests[1];
}

TEST_F(Download, GoesOnInTheNextRun) {
  std::atomic<bool> broken = true;
  Server server([&](const std::string& request) {
    const std::size_t start = range_start(request);
    return broken ? cut(whole(), 50'000) : start == 0 ? whole() : from(start);
  });
  EXPECT_EQ(failure(server.url()), ResultCode::download_cut_short);
  EXPECT_EQ(parts().size(), 2U);
  broken = false;
  ASSERT_TRUE(fetch(server.url()));
  EXPECT_EQ(folder_.content("out"), content);
  EXPECT_EQ(range_start(server.requests().back()), 50'000U);
}

TEST_F(Download, AChangedFileBeginsAnew) {
  std::atomic<int> count = 0;
  Server server([&](const std::string&) {
    return ++count == 1 ? cut(whole(), 50'000) : answer("200 OK", "ETag: \"v2\"\r\n", "other");
  });
  ASSERT_TRUE(fetch(server.url()));
  EXPECT_EQ(folder_.content("out"), "other");
}

TEST_F(Download, PiecesOfTwoVersionsAreNoticed) {
  // Neither ETag nor date, and the server changes the file between: only the hash can tell.
  std::atomic<int> count = 0;
  Server server([&](const std::string& request) {
    ++count;
    return count == 1   ? cut(answer("200 OK", "", std::string(content.size(), 'x')), 50'000)
           : count == 2 ? from(range_start(request))
                        : answer("200 OK", "", content);
  });
  const Status done = fetch(server.url(), {{}, sha256(as_bytes(content)), 0});
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(folder_.content("out"), content);
  EXPECT_EQ(count, 3);
}

TEST_F(Download, WithoutValidatorAndHashNothingIsGluedTogether) {
  Server server([](const std::string&) { return cut(answer("200 OK", "", content), 50'000); });
  EXPECT_EQ(failure(server.url()), ResultCode::download_cut_short);
  EXPECT_EQ(failure(server.url()), ResultCode::download_cut_short);
  EXPECT_EQ(server.requests()[3].find("Range:"), std::string::npos);
}

TEST_F(Download, AnotherPartThanAskedFor) {
  std::atomic<int> count = 0;
  Server server([&](const std::string& request) {
    return ++count == 1                ? cut(whole(), 50'000)
           : range_start(request) != 0 ? from(range_start(request) - 1)
                                       : whole();
  });
  ASSERT_TRUE(fetch(server.url()));
  EXPECT_EQ(folder_.content("out"), content);
  ASSERT_TRUE(io::remove(folder_.file("out")));
  Server liar([&](const std::string&) { return from(7); });
  EXPECT_EQ(failure(liar.url()), ResultCode::download_bad_range);
}

TEST_F(Download, NothingLeftToAskFor) {
  // All bytes are here, but the process was killed before it knew.
  std::atomic<int> count = 0;
  Server server([&](const std::string& request) {
    return ++count == 1 ? cut(answer("200 OK", "ETag: \"v1\"\r\n", content + "x"), content.size())
           : range_start(request) == content.size()
               ? answer("416 Range Not Satisfiable",
                        "Content-Range: bytes */" + std::to_string(content.size()) + "\r\n", "")
               : whole();
  });
  ASSERT_TRUE(fetch(server.url()));
  EXPECT_EQ(folder_.content("out"), content);
}

TEST_F(Download, StatusCodes) {
  std::string status;
  Server server([&](const std::string&) { return answer(status, "", "<html>sorry</html>"); });
  const auto code = [&](const char* text) {
    status = text;
    return failure(server.url());
  };
  EXPECT_EQ(code("404 Not Found"), ResultCode::download_not_found);
  EXPECT_EQ(code("410 Gone"), ResultCode::download_not_found);
  EXPECT_EQ(code("403 Forbidden"), ResultCode::download_denied);
  EXPECT_EQ(server.requests().size(), 3U) << "permanent failures are not repeated";
  EXPECT_EQ(code("500 Internal Server Error"), ResultCode::download_server_error);
  EXPECT_EQ(code("503 Unavailable"), ResultCode::download_server_error);
  EXPECT_EQ(server.requests().size(), 9U) << "temporary ones are";
  EXPECT_EQ(code("204 No Content"), ResultCode::download_protocol);
  EXPECT_EQ(code("304 Not Modified"), ResultCode::download_protocol);
}

TEST_F(Download, ATemporaryFailure) {
  std::atomic<int> count = 0;
  Server server([&](const std::string&) {
    return ++count < 3 ? answer("503 Unavailable", "", "") : whole();
  });
  ASSERT_TRUE(fetch(server.url()));
}

TEST_F(Download, Bounds) {
  Server server([](const std::string&) { return whole(); });
  const auto hash = sha256(as_bytes(content));
  EXPECT_EQ(failure(server.url(), {{}, {}, 1000}), ResultCode::download_too_large);
  EXPECT_EQ(failure(server.url(), {content.size() - 1, {}, 0}), ResultCode::download_too_large);
  EXPECT_EQ(failure(server.url(), {content.size() + 1, {}, 0}), ResultCode::download_wrong_size);
  EXPECT_EQ(failure(server.url(), {{}, sha256({}), 0}), ResultCode::download_wrong_hash);
  EXPECT_EQ(failure(server.url(), {std::uint64_t{1} << 40, hash, 0}),
            ResultCode::download_too_large);
  EXPECT_TRUE(parts().empty());
  // Without a Content-Length nothing is known before it comes.
  Server endless([](const std::string&) {
    return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(300'000, 'x');
  });
  EXPECT_EQ(failure(endless.url(), {{}, {}, 200'000}), ResultCode::download_too_large);
}

TEST_F(Download, EmptyFiles) {
  Server server([](const std::string&) { return whole(""); });
  const Status done = fetch(server.url(), {0, sha256({}), 0});
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(folder_.content("out"), "");
}

TEST_F(Download, Redirections) {
  std::string target;
  Server server([&](const std::string& request) {
    return request.starts_with("GET /file ")
               ? answer("302 Found", "Location: " + target + "\r\n", "moved")
               : whole();
  });
  target = "/elsewhere";
  ASSERT_TRUE(fetch(server.url()));
  EXPECT_EQ(folder_.content("out"), content);
  ASSERT_TRUE(io::remove(folder_.file("out")));
  target = "/file";
  EXPECT_EQ(failure(server.url()), ResultCode::download_protocol);
  target = "file:///etc/passwd";
  EXPECT_EQ(failure(server.url()), ResultCode::download_address);
}

TEST_F(Download, AddressesAndConnections) {
  EXPECT_EQ(failure("file:///etc/passwd"), ResultCode::download_address);
  EXPECT_EQ(failure("ftp://127.0.0.1/x"), ResultCode::download_address);
  EXPECT_EQ(failure("/etc/passwd"), ResultCode::download_address);
  EXPECT_EQ(failure("http://127.0.0.1:1/x"), ResultCode::download_connection);
  Server garbage([](const std::string&) { return std::string("hello\r\n\r\n"); });
  EXPECT_NE(failure(garbage.url()), ResultCode::ok);
  Server server([](const std::string&) { return whole(); });
  EXPECT_EQ(failure("https" + server.url().substr(4)), ResultCode::download_tls);
}

TEST_F(Download, AFullDisk) {
  Server server([](const std::string&) { return whole(); });
  const Faults faults([](Op op, const std::string& path) {
    return op == Op::write && path.ends_with(".part") ? ENOSPC : 0;
  });
  EXPECT_EQ(failure(server.url()), ResultCode::no_space);
}

TEST_F(Download, CredentialsStayOutOfMessages) {
  EXPECT_EQ(without_credentials("https://user:se@cret@host/a@b"), "https://host/a@b");
  EXPECT_EQ(without_credentials("https://host/a@b"), "https://host/a@b");
}

TEST_F(Download, APowerCutCostsWhatWasNotSynced) {
  Server server([](const std::string&) { return cut(whole(), 50'000); });
  EXPECT_EQ(failure(server.url()), ResultCode::download_cut_short);  // its end is a sync
  {
    auto part = Part::open(folder_.file("parts"), server.url(), "boot");
    ASSERT_TRUE(part);
    EXPECT_EQ(part->size(), 50'000U);
    ASSERT_TRUE(part->write(as_bytes("not synced")));
  }
  {
    const auto part = Part::open(folder_.file("parts"), server.url(), "boot");
    EXPECT_EQ(part->size(), 50'010U);  // killed, but the kernel has it all
  }
  const auto part = Part::open(folder_.file("parts"), server.url(), "another boot");
  EXPECT_EQ(part->size(), 50'000U);
}

TEST_F(Download, DamagedFactsBeginAnew) {
  Server server([](const std::string&) { return cut(whole(), 50'000); });
  EXPECT_EQ(failure(server.url()), ResultCode::download_cut_short);
  for (const auto& name : parts()) {
    if (name.ends_with(".json")) {
      folder_.put("parts/" + name, "{\"address\": 1");
    }
  }
  const auto part = Part::open(folder_.file("parts"), server.url(), "boot");
  EXPECT_EQ(part->size(), 0U);
}

TEST(ResponseLines, AreUnderstood) {
  Response response;
  response.line("HTTP/1.1 206 Partial\r\n");
  response.line("content-RANGE:  bytes 5-9/10 \r\n");
  response.line("Content-Length: 5");
  response.line("ETag: W/\"weak\"");
  response.line("Last-Modified: yesterday");
  EXPECT_EQ(response.status, 206U);
  EXPECT_EQ(response.range_start, 5U);
  EXPECT_EQ(response.range_total, 10U);
  EXPECT_EQ(response.length, 5U);
  EXPECT_EQ(response.validator(), "yesterday");
  response.line("HTTP/2 200");
  EXPECT_EQ(response.status, 200U);
  EXPECT_FALSE(response.range_start);
  for (const char* odd : {"", ":", "Content-Length: -1", "Content-Length: 99999999999999999999",
                          "Content-Range: bytes x-y/z", "ETag: \"", "no colon"}) {
    response.line(odd);
  }
  EXPECT_FALSE(response.length);
  EXPECT_FALSE(response.range_start);
  EXPECT_EQ(response.validator(), "");
}

}  // namespace
}  // namespace kerf::agent
