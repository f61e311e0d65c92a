#include "mail/backfill_work.hpp"

#include <boost/test/unit_test.hpp>
