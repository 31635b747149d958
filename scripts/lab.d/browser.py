"""Drives a headless Chromium over its DevTools pipe, and keeps whatever it complains of.

Nothing but Debian's chromium and Python's own library: the pipe is file descriptors 3 and 4, messages end with a NUL.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

LIMIT = 30  # seconds, for whatever is waited for
# Issues that are suggestions, of things that work.
ADVICE = ("DeprecationIssue", "GenericIssue", "QuirksModeIssue")


class Trouble(Exception):
    pass


class Browser:
    def __init__(self):
        self.profile = tempfile.mkdtemp()
        (command, self.write_end), (self.read_end, answer) = os.pipe(), os.pipe()
        # Chromium's ends may not be 3 and 4 here: dup2 onto its own number would leave it closed on exec.
        ends = [os.dup(command), os.dup(answer)]
        while min(ends) < 5:
            ends = [os.dup(end) for end in ends]
        self.process = subprocess.Popen(
            [
                "chromium", "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
                "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--window-size=1200,900", "--user-data-dir=" + self.profile, "about:blank",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, close_fds=False,
            preexec_fn=lambda: (os.dup2(ends[0], 3), os.dup2(ends[1], 4)),
        )
        for end in (command, answer, *ends):
            os.close(end)
        self.buffer, self.number, self.answers, self.complaints = b"", 0, {}, []
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.call(domain + ".enable")

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def send(self, method, parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        return self.number

    def call(self, method, **parameters):
        number, end = self.send(method, parameters), time.monotonic() + LIMIT
        while number not in self.answers:
            self.read(end, method)
        answer = self.answers.pop(number)
        if "error" in answer:
            raise Trouble("%s: %s" % (method, answer["error"].get("message")))
        return answer.get("result", {})

    def read(self, end, what):
        ready, _, _ = select.select([self.read_end], [], [], max(0, end - time.monotonic()))
        if not ready:
            raise Trouble("no answer to " + what)
        piece = os.read(self.read_end, 1 << 20)
        if not piece:
            raise Trouble("the browser ended")
        *messages, self.buffer = (self.buffer + piece).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self.answers[message["id"]] = message
            else:
                self.note(message["method"], message.get("params", {}))

    def note(self, method, parameters):
        """A line for what a person would see in the developer tools' console or list of issues."""
        if method == "Audits.issueAdded":
            issue = parameters["issue"]
            details = issue["details"].get("contentSecurityPolicyIssueDetails")
            if details:
                self.complaints.append(
                    "violation: %s %s %s" % (
                        details["violatedDirective"], details["contentSecurityPolicyViolationType"],
                        details.get("blockedURL", "")))
            elif issue["code"] not in ADVICE:
                self.complaints.append("issue: " + issue["code"])
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            entry = parameters["entry"]
            self.complaints.append("%s: %s %s" % (entry["level"], entry["text"], entry.get("url", "")))
        elif method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.complaints.append("exception: " + details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            words = [str(value.get("value", value.get("description"))) for value in parameters["args"]]
            self.complaints.append("console %s: %s" % (parameters["type"], " ".join(words)))
        elif method == "Network.loadingFailed" and not parameters.get("canceled"):
            self.complaints.append("not loaded: %s %s" % (parameters["errorText"], parameters.get("blockedReason", "")))

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise Trouble("%s: %s" % (expression, answer["exceptionDetails"]["text"]))
        return answer["result"].get("value")

    def wait(self, expression):
        """Until it holds, through any change of page."""
        end, last = time.monotonic() + LIMIT, None
        while time.monotonic() < end:
            try:
                if self.evaluate(expression):
                    return
                last = None
            except Trouble as trouble:  # the page is just going
                last = trouble
            time.sleep(0.1)
        where = self.evaluate("location.href + ' ' + document.title + ' ' + (document.body || {}).innerText")
        raise Trouble("this never held: %s; %s; at %s" % (expression, last, where))

    def go(self, url):
        answer = self.call("Page.navigate", url=url)
        if answer.get("errorText"):
            raise Trouble("%s: %s" % (url, answer["errorText"]))
        self.wait("document.readyState == 'complete' && location.href != 'about:blank'")

    def type(self, selector, text):
        self.wait("!!document.querySelector(%s)" % json.dumps(selector))
        self.evaluate("document.querySelector(%s).focus()" % json.dumps(selector))
        self.call("Input.insertText", text=text)

    def click(self, selector, text=""):
        """With the mouse, where the first element is that the selector finds and that says this."""
        element = "[...document.querySelectorAll(%s)].find(e => (e.innerText || e.value || '').trim().startsWith(%s))" % (
            json.dumps(selector), json.dumps(text))
        self.wait("!!" + element)
        place = self.evaluate(
            "(() => { const e = %s; e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
            "return [r.x + r.width / 2, r.y + r.height / 2] })()" % element)
        for kind in ("mousePressed", "mouseReleased"):
            self.call(
                "Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    def screenshot(self, file):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(file, "wb") as output:
            output.write(base64.b64decode(data))
