import Foundation
import Testing

@testable import MillraceCommand

@Suite("The commands")
struct CatalogueTests {
    private static let commands = Catalogue.commands.map(\.declaration)

    @Test("each has examples, and each example parses", arguments: commands.map(\.words))
    func examples(words: [String]) throws {
        let command = try #require(Self.commands.first { $0.words == words })
        #expect(!command.examples.isEmpty)
        for example in command.examples {
            let lines = ShellLine.commands(in: example.line)
            #expect(!lines.isEmpty, "\(example.line) does not call millrace")
            for line in lines {
                do throws(UsageError) {
                    guard case .run = try Catalogue.parser.parse(line) else {
                        Issue.record("\(example.line) runs nothing")
                        continue
                    }
                } catch {
                    Issue.record("\(example.line): \(error.message)")
                }
            }
            #expect(Array(lines[0].prefix(words.count)) == words, "\(example.line) is another command's example")
        }
    }

    @Test(
        "help names every option with its words, fits 100 columns, and shows the examples",
        arguments: commands.map(\.words))
    func help(words: [String]) throws {
        let command = try #require(Self.commands.first { $0.words == words })
        let text = HelpText.command(command)
        for parameter in command.parameters {
            let name = parameter.kind == .argument ? parameter.name : "--\(parameter.name)"
            #expect(text.contains(name))
            #expect(parameter.documentation.hasSuffix("."), "\(words) \(name): a sentence ends with a full stop")
            let hasValue = parameter.kind == .flag || !parameter.valueName.isEmpty
            #expect(hasValue, "\(words) \(name)")
        }
        for example in command.examples { #expect(text.contains(example.line)) }
        for line in text.split(separator: "\n") where !line.contains("millrace ") {
            #expect(line.count <= 100, "\(line)")
        }
        #expect(!command.summary.hasSuffix("."))
    }

    @Test("options have one meaning each: no name or letter twice in a command", arguments: commands.map(\.words))
    func names(words: [String]) throws {
        let command = try #require(Self.commands.first { $0.words == words })
        let names = command.options.map(\.name)
        #expect(Set(names).count == names.count)
        let letters = command.options.compactMap(\.short)
        #expect(Set(letters).count == letters.count)
        #expect(!letters.contains("h"), "-h is help")
    }

    @Test("defaults are values that the option takes", arguments: commands.map(\.words))
    func defaults(words: [String]) throws {
        let command = try #require(Self.commands.first { $0.words == words })
        for parameter in command.parameters {
            guard case .defaults(let text) = parameter.presence, case .words(let known) = parameter.completion else {
                continue
            }
            #expect(known.contains(text))
        }
    }

    @Test("the program's help lists every command and every exit code")
    func overview() {
        let text = HelpText.program(Catalogue.groups, Self.commands)
        for command in Self.commands { #expect(text.contains(command.words.last ?? "")) }
        for code in ExitCode.documented { #expect(text.contains("\(code.rawValue)")) }
        for command in Self.commands where command.words.count > 1 {
            #expect(Catalogue.groups.contains { command.words.starts(with: $0.words) }, "\(command.words) has no group")
        }
    }
}

@Suite("Completion")
struct CompletionTests {
    private static let commands = Catalogue.commands.map(\.declaration)

    @Test("bash takes the script")
    func syntax() throws {
        let script = CompletionScript.bash(Catalogue.groups, Self.commands)
        #expect(try Shell.run("bash", ["-n"], input: script).status == 0)
    }

    @Test(
        "bash completes commands, options and values",
        arguments: [
            (["t"], "topics transactions"), (["topics", ""], "create list describe alter trim delete"),
            (["topics", "cr"], "create"), (["topics", "create", "--part"], "--partitions"),
            (["produce", "lines", "--compression", "z"], "zstd"),
            (["groups", "reset-offsets", "g", "--to-e"], "--to-earliest"), (["completion", ""], "bash zsh"),
        ])
    func bash(words: [String], expected: String) throws {
        let list = (["millrace"] + words).map { "'\($0)'" }.joined(separator: " ")
        let script =
            CompletionScript.bash(Catalogue.groups, Self.commands)
            + "\nCOMP_WORDS=(\(list)); COMP_CWORD=\(words.count); _millrace; echo \"${COMPREPLY[*]}\"\n"
        let result = try Shell.run("bash", [], input: script)
        #expect(result.status == 0)
        #expect(result.output == expected + "\n")
    }

    @Test("zsh's script describes every option of every command")
    func zsh() {
        let script = CompletionScript.zsh(Catalogue.groups, Self.commands)
        for command in Self.commands {
            #expect(script.contains("\"\(command.words.joined(separator: " "))\"*)"))
            for option in command.options { #expect(script.contains("--\(option.name)[")) }
        }
        #expect(script.hasPrefix("#compdef millrace\n"))
    }
}
