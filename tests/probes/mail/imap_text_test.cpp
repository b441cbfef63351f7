// What an IMAP server may say, and what is said to it.

#include <doctest/doctest.h>

#include "probes/mail/imap.h"

using namespace tillwatch::probes;
using namespace std::chrono_literals;
using Uids = std::vector<std::string>;

TEST_CASE("the numbers of a search are found") {
  CHECK(uids_of("* SEARCH 3 17\r\n", 100).value() == Uids{"3", "17"});
  CHECK(uids_of("* search 4294967295 \r\n", 100).value() == Uids{"4294967295"});
  CHECK(uids_of("* SEARCH\r\n", 100).value().empty());
  CHECK(uids_of("* 5 EXISTS\r\n* SEARCH 1\r\n* SEARCH 2\r\n", 100).value() == Uids{"1", "2"});
  CHECK(uids_of("* SEARCH 1 2 3\r\n", 2).value() == Uids{"1", "2"});
}

TEST_CASE("what is no search result is none") {
  for (const char* text : {"", "* OK\r\n", "* SEARCH x\r\n", "* SEARCH 1  2\r\n", "* SEARCH 0\r\n",
                           "* SEARCH -1\r\n", "* SEARCH 12345678901\r\n", "* SEARCH {5}\r\n",
                           "* SEARCHED 1\r\n", "* SEARCH 1;DELETE\r\n"}) {
    INFO(text);
    CHECK_FALSE(uids_of(text, 100));
  }
}

TEST_CASE("the earliest date of arrival is found") {
  const char* text =
      "* 1 FETCH (UID 7 INTERNALDATE \"24-Nov-2026 02:00:05 +0100\")\r\n"
      "* 2 FETCH (UID 9 INTERNALDATE \" 4-Nov-2026 00:00:00 -0030\")\r\n";
  using namespace std::chrono;
  CHECK(internal_date_of(text).value() == sys_days(2026y / November / 4) + 30min);
  CHECK_FALSE(internal_date_of("* 1 FETCH (UID 7)\r\n"));
  CHECK_FALSE(internal_date_of("INTERNALDATE \"99-Nov-2026 02:00:05 +0100\""));
  CHECK_FALSE(internal_date_of("INTERNALDATE \"24-Nov-2026 0"));
}

TEST_CASE("mails with one Message-ID are one mail, delivered twice") {
  const auto fetched = [](const char* uid, const std::string& header) {
    return "* 1 FETCH (UID " + std::string(uid) + " BODY[HEADER.FIELDS (MESSAGE-ID)] {" +
           std::to_string(header.size()) + "}\r\n" + header + ")\r\n";
  };
  const std::string a = "Message-ID: <a@shop.example>\r\n\r\n";
  CHECK(different_mails(fetched("1", a) + fetched("2", a)) == 1);
  CHECK(different_mails(fetched("1", a) + fetched("2", "message-id:\r\n <a@shop.example>\r\n")) ==
        1);
  CHECK(different_mails(fetched("1", a) + fetched("2", "Message-Id: <b@shop.example>\r\n\r\n")) ==
        2);
  CHECK(different_mails(fetched("1", a) + fetched("2", "\r\n") + fetched("3", "\r\n")) == 3);
  CHECK(different_mails(fetched("1", a) + "* 2 FETCH (FLAGS (\\Seen))\r\n") == 1);
  CHECK(different_mails("") == 0);
  CHECK(different_mails("A1 OK done\r\n") == 0);
}

TEST_CASE("texts are quoted so that they cannot end their quotes") {
  CHECK(imap_quoted("a\"b\\c").value() == "\"a\\\"b\\\\c\"");
  CHECK_FALSE(imap_quoted("a\r\nX LOGOUT"));
  CHECK_FALSE(imap_quoted("f\xc3\xbcr"));
  CHECK(imap_date(tillwatch::UtcTime(std::chrono::sys_days(std::chrono::year(2026) / 2 / 3))) ==
        "3-Feb-2026");
}

TEST_CASE("a command is told from its tag, its arguments and the lines of an authentication") {
  CHECK(command_of("A003 SELECT INBOX\r\n") == "SELECT");
  CHECK(command_of("A004 UID SEARCH SINCE 3-Feb-2026\r\n") == "UID SEARCH");
  CHECK(command_of("A009 LOGOUT\r\n") == "LOGOUT");
  CHECK(command_of("AHByb2JlAGNvcnJlY3Q=\r\n") == "");
  CHECK(command_of("\r\n") == "");
  CHECK(command_of("") == "");
}
