import Foundation
import Notifications
import TestSupport
import Testing

@testable import Azure

@Suite("The Azure CLI", .timeLimit(.minutes(2)))
struct AzureCLITests {
    /// - Parameter script: of a shell, that stands for `az`.
    private func result(
        _ script: String?, tenant: String? = nil, limit: Duration = .seconds(60)
    ) async throws -> Result<AccessToken, EndpointFailure> {
        let folder = try TemporaryFolder()
        if let script { try folder.write("az", "#!/bin/sh\n" + script, isProgram: true) }
        let identity = AzureCLIIdentity(tenant: tenant, searchPath: "relative:/nowhere:\(folder.path)", limit: limit)
        do throws(EndpointFailure) {
            return .success(try await identity.token(for: .serviceBus))
        } catch {
            return .failure(error)
        }
    }

    private func failure(_ script: String?, limit: Duration = .seconds(60)) async throws -> EndpointFailure? {
        if case .failure(let failure) = try await result(script, limit: limit) { failure } else { nil }
    }

    private static let print = #"printf '{"accessToken":"a.b.c","expires_on":4000000000,"expiresOn":"x"}'"#

    @Test("gives a token for the service, and for the tenant that is named")
    func token() async throws {
        let check = #"[ "$*" = "account get-access-token --resource https://servicebus.azure.net --output json"#
        #expect(try await result("\(check)\" ] && \(Self.print)").get().text.revealed == "a.b.c")
        #expect(try await result("\(check) --tenant t1\" ] && \(Self.print)", tenant: "t1").get().expiry == 4_000_000_000)
    }

    @Test("its output may be long and come in both streams")
    func longOutput() async throws {
        let noise = "head -c 900000 /dev/zero | tr '\\0' x >&2; "
        #expect(try await result(noise + Self.print).get().text.revealed == "a.b.c")
    }

    @Test("failures are named, each with what to do")
    func failures() async throws {
        let missing = try await failure(nil)
        #expect(missing?.condition == "identity:az-missing" && missing?.kind == .unauthorized)
        let login = try await failure("echo; echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1")
        #expect(login?.condition == "identity:az-login" && login?.kind == .unauthorized)
        #expect(login?.detail.contains("Please run 'az login'") == true && login?.detail.contains("run `az login` as") == true)
        let other = try await failure("echo 'no network' >&2; exit 3")
        #expect(other?.condition == "identity:az" && other?.kind == .transient && other?.detail.contains("no network") == true)
        #expect(try await failure("echo nothing")?.condition == "identity:az")
        #expect(try await failure("exec /nowhere/program")?.condition == "identity:az")
    }

    @Test("one that hangs is ended with all that it started; one that writes without end too")
    func bounds() async throws {
        let folder = try TemporaryFolder()
        let script = "sleep 1000 & echo $! > \(folder.path)/child; wait"
        let hung = try await failure(script, limit: .seconds(3))
        #expect(hung?.condition == "identity:timeout:az" && hung?.kind == .timedOut, "\(String(describing: hung))")
        let text = try String(contentsOfFile: "\(folder.path)/child", encoding: .utf8)
        let child = try #require(pid_t(text.filter(\.isNumber)))
        // It is gone, or waits for somebody to notice.
        var isAlive = true
        let deadline = ContinuousClock.now + .seconds(30)
        while isAlive, ContinuousClock.now < deadline {
            let status = (try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)) ?? ""
            isAlive = !status.isEmpty && !status.contains(") Z ")
            await Task.yield()
        }
        #expect(!isAlive)
        #expect(try await failure("yes")?.condition == "identity:timeout:az")
        let quiet = try await failure("exec >&- 2>&-; sleep 1000", limit: .seconds(1))
        #expect(quiet?.condition == "identity:timeout:az")
    }

    @Test("a token of an older version has its time as local time")
    func olderVersion() throws {
        let json = #"{"accessToken":"a","expiresOn":"2031-05-09 07:08:09.123456"}"#
        let token = try AzureCLIIdentity.token(in: Array(json.utf8), now: 1000)
        var parts = DateComponents()
        (parts.year, parts.month, parts.day, parts.hour, parts.minute, parts.second) = (2031, 5, 9, 7, 8, 9)
        let date = try #require(Calendar(identifier: .gregorian).date(from: parts))
        #expect(token.expiry == Int64(date.timeIntervalSince1970))
    }
}
