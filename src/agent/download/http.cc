#include "agent/download/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "agent/download/part.h"
#include "agent/download/response.h"
#include "agent/result_codes.h"
#include "io/folder.h"

namespace kerf::agent {

namespace {

Error fail(ResultCode code, Code kind, std::string what) {
  return with_code(code, Error(kind, std::move(what)));
}

constexpr std::uint64_t most_error_page = std::uint64_t{64} << 10;

// One attempt at one file; what the callbacks of libcurl share.
struct Attempt {
  Part* part = nullptr;
  const Wanted* wanted = nullptr;
  Observer* observer = nullptr;
  std::uint64_t offset = 0;  // asked for
  Response response;
  bool body_begun = false;
  std::uint64_t error_page = 0;  // bytes of it
  std::optional<Error> error;    // our own reason to stop

  Status begin_body();
  Status take(Bytes bytes);
};

// The first byte of a body decides what the answer was.
Status Attempt::begin_body() {
  body_begun = true;
  std::uint64_t total = response.length.value_or(0);
  if (response.status == 206) {
    if (!response.range_start || *response.range_start != offset) {
      return fail(ResultCode::download_bad_range, Code::corrupt,
                  "asked for the bytes from " + std::to_string(offset) + ", was answered with " +
                      (response.range_start ? "those from " + std::to_string(*response.range_start)
                                            : "a part that is not named"));
    }
    total = offset + response.length.value_or(0);
  } else if (part->size() != 0 || part->validator() != response.validator()) {
    // The whole file instead: the server knows no ranges, or the file is another one by now.
    TRY(part->restart(response.validator()));
  }
  const std::uint64_t most = wanted->size.value_or(wanted->most);
  if (total > most) {
    return fail(ResultCode::download_too_large, Code::limit,
                std::to_string(total) + " bytes, but " + std::to_string(most) +
                    (wanted->size ? " are promised" : " are allowed"));
  }
  TRY_ASSIGN(const std::uint64_t space, io::free_space(io::directory_of(part->path())));
  if (total > part->size() && total - part->size() > space) {
    return fail(ResultCode::no_space, Code::io,
                std::to_string(total - part->size()) + " bytes are to come, but only " +
                    std::to_string(space) + " are free (free some space)");
  }
  return {};
}

Status Attempt::take(Bytes bytes) {
  if (response.status != 200 && response.status != 206) {
    // An error page: the status says enough. A short one is let through for the connection's sake.
    error_page += bytes.size();
    if (error_page > most_error_page) {
      return Error(Code::limit, "an endless error page");
    }
    return {};
  }
  if (!body_begun) {
    TRY(begin_body());
  }
  const std::uint64_t most = wanted->size.value_or(wanted->most);
  if (bytes.size() > most - std::min(most, part->size())) {
    return fail(ResultCode::download_too_large, Code::limit,
                "more bytes than the " + std::to_string(most) +
                    (wanted->size ? " that are promised" : " that are allowed"));
  }
  return part->write(bytes);
}

extern "C" {

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* attempt) {
  static_cast<Attempt*>(attempt)->response.line({data, size * count});
  return size * count;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  Attempt& attempt = *static_cast<Attempt*>(user);
  Status taken = attempt.take(as_bytes(std::string_view(data, size * count)));
  if (!taken) {
    attempt.error.emplace(std::move(taken).error());
    return size * count + 1;  // anything but the count ends the transfer
  }
  return size * count;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  Attempt& attempt = *static_cast<Attempt*>(user);
  const std::uint64_t total = attempt.response.length ? *attempt.response.length + attempt.offset
                                                      : attempt.wanted->size.value_or(0);
  Status wish = notify(attempt.observer, "downloading", attempt.part->size(), total);
  if (!wish) {
    attempt.error.emplace(with_code(ResultCode::cancelled, std::move(wish).error()));
    return 1;
  }
  return 0;
}

}  // extern "C"

struct Outcome {
  Status status;
  bool again;  // another attempt may end better
};

Outcome judge_transfer(CURLcode code, const char* words) {
  const std::string what = *words != '\0' ? words : ::curl_easy_strerror(code);
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return {fail(ResultCode::download_tls, Code::denied, what), false};
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
      return {fail(ResultCode::download_address, Code::denied, what), false};
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return {fail(ResultCode::download_protocol, Code::corrupt, what), false};
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return {fail(ResultCode::download_cut_short, Code::truncated, what), true};
    default:
      return {fail(ResultCode::download_connection, Code::io, what), true};
  }
}

Outcome judge_status(unsigned status) {
  const std::string what = "the server answered " + std::to_string(status);
  if (status == 404 || status == 410) {
    return {fail(ResultCode::download_not_found, Code::io, what), false};
  }
  if (status == 408 || status == 429 || status >= 500) {
    return {fail(ResultCode::download_server_error, Code::io, what), true};
  }
  if (status >= 400) {
    return {fail(ResultCode::download_denied, Code::denied, what), false};
  }
  return {fail(ResultCode::download_protocol, Code::corrupt, what), false};
}

}  // namespace

struct HttpFetcher::Connection {
  CURL* curl = ::curl_easy_init();
  char words[CURL_ERROR_SIZE] = {};

  Connection() = default;
  ~Connection() { ::curl_easy_cleanup(curl); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void set(const HttpOptions& options);
  Outcome attempt(const std::string& address, Attempt& attempt);
};

void HttpFetcher::Connection::set(const HttpOptions& options) {
  if (curl == nullptr) {
    return;
  }
  const char* protocols = options.https_only ? "https" : "http,https";
  ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols);
  ::curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  ::curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
  ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl, CURLOPT_USERAGENT, options.user_agent.c_str());
  ::curl_easy_setopt(curl, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  ::curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(options.connect_seconds));
  ::curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 100L);
  ::curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.silent_seconds));
  ::curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
  const auto set_file = [this](CURLoption option, const std::string& path) {
    if (!path.empty()) {
      ::curl_easy_setopt(curl, option, path.c_str());
    }
  };
  set_file(CURLOPT_CAINFO, options.ca_file);
  set_file(CURLOPT_SSLCERT, options.client_certificate);
  set_file(CURLOPT_SSLKEY, options.client_key);
  ::curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  ::curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  ::curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

Outcome HttpFetcher::Connection::attempt(const std::string& address, Attempt& attempt) {
  words[0] = '\0';
  ::curl_easy_setopt(curl, CURLOPT_URL, address.c_str());
  // Never from https to http; the other way is welcome.
  const bool secure = address.starts_with("https:");
  ::curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
  ::curl_easy_setopt(curl, CURLOPT_HEADERDATA, &attempt);
  ::curl_easy_setopt(curl, CURLOPT_WRITEDATA, &attempt);
  ::curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &attempt);

  attempt.offset = attempt.part->size();
  const std::string range = std::to_string(attempt.offset) + "-";
  ::curl_easy_setopt(curl, CURLOPT_RANGE, attempt.offset == 0 ? nullptr : range.c_str());
  curl_slist* headers = nullptr;
  if (attempt.offset != 0 && !attempt.part->validator().empty()) {
    headers = ::curl_slist_append(nullptr, ("If-Range: " + attempt.part->validator()).c_str());
  }
  ::curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  const CURLcode code = ::curl_easy_perform(curl);
  ::curl_easy_setopt(curl, CURLOPT_HTTPHEADER, nullptr);
  ::curl_slist_free_all(headers);

  if (attempt.error && attempt.error_page == 0) {
    return {*std::move(attempt.error), false};
  }
  const unsigned status = attempt.response.status;
  if (code == CURLE_OK && status == 200 && !attempt.body_begun) {
    return {attempt.begin_body(), false};  // an empty file
  }
  if (status == 416 && attempt.offset != 0) {
    if (attempt.response.range_total == attempt.offset) {
      return {Status(), false};  // there is nothing behind what we have
    }
    return {fail(ResultCode::download_bad_range, Code::corrupt, "the server answered 416"), true};
  }
  if (code == CURLE_OK && (status == 200 || status == 206)) {
    return {Status(), false};
  }
  return code == CURLE_OK || status >= 400 ? judge_status(status) : judge_transfer(code, words);
}

HttpFetcher::HttpFetcher(HttpOptions options) : options_(std::move(options)) {
  static const CURLcode initialised = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(initialised);  // without it curl_easy_init fails
  connection_ = std::make_unique<Connection>();
  connection_->set(options_);
}

HttpFetcher::~HttpFetcher() = default;

Status HttpFetcher::sweep() const {
  return io::is_folder(options_.folder) ? io::remove_files(options_.folder) : Status();
}

namespace {

// Attempts until the part is complete, or too many have brought it no further.
template <class Try>
Status repeat(Part& part, const HttpOptions& options, const Try& attempt) {
  std::uint64_t furthest = part.size();
  unsigned in_vain = 0;
  unsigned wait = options.wait_ms;
  for (;;) {
    Outcome outcome = attempt();
    if (outcome.status) {
      return {};
    }
    if (code_of(outcome.status.error()) == ResultCode::download_bad_range) {
      TRY(part.restart(""));
      ++in_vain;
    } else if (!outcome.again) {
      TRY(part.sync());
      return std::move(outcome.status);
    } else if (part.size() > furthest) {
      furthest = part.size();
      in_vain = 0;
      wait = options.wait_ms;
    } else {
      ++in_vain;
    }
    if (in_vain >= options.attempts) {
      TRY(part.sync());
      return std::move(outcome.status);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(wait));
    wait = std::min(wait * 2, 60'000U);
  }
}

}  // namespace

std::string without_credentials(const std::string& address) {
  const std::size_t scheme = address.find("://");
  const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t at = address.substr(0, address.find_first_of("/?#", host)).rfind('@');
  return at == std::string::npos || at < host ? address
                                              : address.substr(0, host) + address.substr(at + 1);
}

Status HttpFetcher::fetch(const std::string& address, const Wanted& wanted, const std::string& to,
                          Observer* observer) {
  const std::string name = without_credentials(address);
  const bool http = address.starts_with("http://");
  if (!address.starts_with("https://") && (!http || options_.https_only)) {
    return fail(ResultCode::download_address, Code::denied,
                http ? "not encrypted, and only https:// is allowed"
                     : "neither https:// nor http://")
        .in(name);
  }
  if (connection_->curl == nullptr) {
    return fail(ResultCode::internal, Code::bug, "libcurl does not start").in(name);
  }
  if (wanted.size && *wanted.size > wanted.most) {
    return fail(ResultCode::download_too_large, Code::limit,
                std::to_string(*wanted.size) + " bytes are promised, but " +
                    std::to_string(wanted.most) + " are allowed")
        .in(name);
  }
  TRY_ASSIGN(Part part, Part::open(options_.folder, address, options_.boot));
  if (part.size() > wanted.size.value_or(wanted.most)) {
    TRY(part.restart(""));
  }
  bool in_one_piece = part.size() == 0;
  // Pieces may be of two versions, and a stale cache may have one: once more then, from the start.
  for (bool last = false;; last = true) {
    Status fetched;
    if (part.size() == 0 || part.size() != wanted.size) {
      fetched = repeat(part, options_, [&] {
        if (part.validator().empty() && !wanted.sha256) {
          // The rest could be that of another file, and nothing would tell.
          if (Status anew = part.restart(""); !anew) {
            return Outcome{std::move(anew), false};
          }
        }
        in_one_piece = in_one_piece && part.size() == 0;
        Attempt attempt;
        attempt.part = &part;
        attempt.wanted = &wanted;
        attempt.observer = observer;
        return connection_->attempt(address, attempt);
      });
    }
    if (fetched) {
      fetched = check_fetched(part.path(), wanted);
      if (fetched) {
        return part.finish(to);
      }
      if (!last && !in_one_piece) {
        TRY(part.restart(""));
        in_one_piece = true;
        continue;
      }
      TRY(part.discard());
    } else if (code_of(fetched.error()) == ResultCode::download_too_large) {
      TRY(part.discard());
    }
    return std::move(fetched).error().in(name);
  }
}

}  // namespace kerf::agent
