import AMQP
import Notifications
import Testing

@testable import Azure

@Suite("A proxy's URL")
struct ProxyURLTests {
    private func read(_ text: String) throws -> ProxySettings { try ProxyURL(parsing: Secret(text)).settings }

    @Test("has a host, a port and perhaps a login, percent-encoded")
    func right() throws {
        #expect(try read("http://proxy.example.net:3128/") == ProxySettings(host: "proxy.example.net", port: 3128))
        #expect(try read(" HTTP://[::1]:8888 ") == ProxySettings(host: "::1", port: 8888))
        #expect(try read("http://proxy") == ProxySettings(host: "proxy", port: 80))
        #expect(
            try read("http://us%40er:p%3Aw@h:1")
                == ProxySettings(host: "h", port: 1, login: ProxySettings.Login(user: "us@er", password: "p:w")))
    }

    @Test("says what is wrong, without showing it")
    func wrong() {
        for (text, fault) in [
            ("socks5://h:1", ProxyURL.Fault.scheme), ("h:1", .scheme), ("http://", .place), ("http://h:x", .place),
            ("http://hunter2@h:1", .login), ("http://:hunter2@h:1", .login), ("http://u:%zz@h:1", .login),
        ] {
            #expect(throws: fault) { try read(text) }
            #expect(!"\(fault) \(fault.remedy)".contains("hunter2"))
        }
    }

    @Test("comes from the environment, save for the hosts that it excepts")
    func environment() throws {
        func host(_ environment: [String: String], _ host: String = "ns.servicebus.windows.net") throws -> String? {
            try ProxyURL.inEnvironment(environment, for: host)?.settings.host
        }
        #expect(try host([:]) == nil && host(["HTTPS_PROXY": ""]) == nil)
        #expect(try host(["HTTPS_PROXY": "http://a:1"]) == "a" && host(["https_proxy": "http://b:1"]) == "b")
        for exception in ["*", "windows.net:443", "x, .windows.net", "NS.servicebus.windows.net", "windows.net"] {
            #expect(try host(["HTTPS_PROXY": "http://a:1", "NO_PROXY": exception]) == nil)
        }
        #expect(try host(["HTTPS_PROXY": "http://a:1", "NO_PROXY": "dows.net,,other"]) == "a")
        #expect(throws: ProxyURL.Fault.scheme) { try host(["HTTPS_PROXY": "a:1"]) }
    }

    @Test("a port in the connection string holds for both transports")
    func ports() throws {
        func read(_ text: String) throws -> ConnectionString {
            try ConnectionString(parsing: Secret(text + ";SharedAccessKeyName=n;SharedAccessKey=k"))
        }
        #expect(try read("Endpoint=sb://h/").port == 5671 && read("Endpoint=sb://h/").webSocketPort == 443)
        #expect(try read("Endpoint=sb://h:7/").port == 7 && read("Endpoint=sb://h:7/").webSocketPort == 7)
    }
}
