"""Visits as Matomo keeps them: held against Matomo 5.0.2 (core/Tracker/Model, VisitorRecognizer).

All that comes here has one address and one browser, so that it is one visit unless it is told apart:
by a forced visitor id (`cid`) or by a user id (`uid`). A visit without a user takes the one that
comes next; `_id` alone looks for the visitor, and then for the browser, whose visitor it becomes.
"""

import hashlib
import json


def pseudonym(text):
    return hashlib.sha1(("salt" + text).encode()).hexdigest()


class Visit:
    def __init__(self, site):
        self.site, self.visitor, self.user, self.actions = site, "", None, []


class Matomo:
    def __init__(self):
        self.visits = []  # the latest last

    def _visit(self, query, user, visitor):
        mine = [visit for visit in self.visits if visit.site == query["idsite"]]
        known = [visit for visit in mine if visitor and visit.visitor == visitor]
        if not known and "cid" not in query:
            known = [visit for visit in mine if not user or visit.user in (None, user)]
        if known:
            self.visits.remove(known[-1])
            self.visits.append(known[-1])
        else:
            self.visits.append(Visit(query["idsite"]))
        return self.visits[-1]

    def track(self, query, ignored=(), anonymous_orders=False, anonymous_users=False):
        user = query.get("uid")
        if user and anonymous_users:
            user = pseudonym(user)
        visitor = hashlib.sha1(user.encode()).hexdigest()[:16] if user else \
            query.get("cid", query.get("_id", ""))
        visit = self._visit(query, user, visitor)
        visit.visitor = visitor or visit.visitor  # overwritten by whoever comes
        visit.user = user or visit.user
        if any(key in query for key in ignored):
            return
        if "e_a" in query:
            visit.actions.append({"type": "event", "eventCategory": query["e_c"],
                                  "eventAction": query["e_a"], "eventName": query.get("e_n")})
        elif query.get("idgoal") == "0" and "ec_id" in query:
            visit.actions = [one for one in visit.actions
                             if one["type"] != "ecommerceAbandonedCart"]
            order = pseudonym(query["ec_id"]) if anonymous_orders else query["ec_id"]
            visit.actions.append({"type": "ecommerceOrder", "orderId": order, "revenue": 0,
                                  "items": len(json.loads(query["ec_items"]))})
        elif query.get("idgoal") == "0":
            visit.actions.append({"type": "ecommerceAbandonedCart", "revenue": 0,
                                  "items": len(json.loads(query["ec_items"]))})

    def last_visits(self, form):
        """Live.getLastVisitsDetails, of what has to do with us."""
        if form["method"] != "Live.getLastVisitsDetails" or form["format"] != "JSON":
            return {"result": "error", "message": "The method is not available"}
        key, _, value = form["segment"].partition("==")
        found = [visit for visit in reversed(self.visits) if visit.site == form["idSite"] and
                 value == {"userId": visit.user, "visitorId": visit.visitor}[key]]
        return [{"idSite": int(visit.site), "visitorId": visit.visitor, "userId": visit.user,
                 "actionDetails": visit.actions} for visit in found[:int(form["filter_limit"])]]
