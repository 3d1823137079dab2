// `import Millrace` is enough for users: the nouns of Core come with it.
@_exported public import MillraceCore
