//! The grammar (XPath 1.0, 2 and 3): an operator-precedence parser whose stack is a vector, so
//! that deep nesting costs memory that is bounded, never the thread's stack.

mod steps;

use steps::{any_descendant, is_node_type};

use super::ast::{Ast, Expr, ExprId, Operator, Start, Step, Type};
use super::functions::Function;
use super::lexer::{Lexeme, Token, error_at, tokenize};
use crate::error::{Error, Result};

/// How deep parentheses, function calls and predicates may nest.
pub(super) const MAX_DEPTH: usize = 256;

/// Parses an expression; the root is returned.
pub(super) fn parse(source: &str) -> Result<(Ast, ExprId)> {
    let lexemes = tokenize(source)?;
    let top = Level::new(Opener::Top, 0);
    let mut parser = Parser { source, lexemes, at: 0, ast: Ast::default(), levels: vec![top] };
    let mut state = State::Operand;
    loop {
        state = match state {
            State::Operand => parser.operand()?,
            State::AfterPrimary => parser.after_primary()?,
            State::Step => parser.step()?,
            State::AfterStep { predicates } => parser.after_step(predicates)?,
            State::Operator => match parser.operator()? {
                Some(next) => next,
                None => {
                    let root = parser.level().operands[0];
                    return Ok((parser.ast, root));
                }
            },
        }
    }
}

/// What may come next.
enum State {
    Operand,
    /// Predicates of a primary expression, or a path from it.
    AfterPrimary,
    Step,
    /// Predicates (unless the step was abbreviated), or the next step.
    AfterStep {
        predicates: bool,
    },
    Operator,
}

#[derive(Clone, Copy, PartialEq)]
enum Opener {
    Top,
    Group,
    Call(Function),
    Predicate,
}

#[derive(Clone, Copy)]
enum Pushed {
    Negate,
    Binary(Operator),
}

impl Pushed {
    /// How tightly it binds. All binary operators associate to the left.
    fn precedence(self) -> u8 {
        match self {
            Pushed::Binary(operator) => match operator {
                Operator::Or => 1,
                Operator::And => 2,
                Operator::Equal | Operator::NotEqual => 3,
                Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => 4,
                Operator::Add | Operator::Subtract => 5,
                Operator::Multiply | Operator::Divide | Operator::Modulo => 6,
                Operator::Union => 8,
            },
            Pushed::Negate => 7,
        }
    }
}

/// What an open bracket has gathered so far.
struct Level {
    opener: Opener,
    /// Where the bracket stands.
    offset: usize,
    operators: Vec<(Pushed, usize)>,
    operands: Vec<ExprId>,
    arguments: Vec<ExprId>,
    pending: Pending,
}

/// The path expression that is being read.
enum Pending {
    None,
    Primary(ExprId, Vec<ExprId>),
    Path(Start, Vec<Step>),
}

impl Level {
    fn new(opener: Opener, offset: usize) -> Level {
        Level {
            opener,
            offset,
            operators: Vec::new(),
            operands: Vec::new(),
            arguments: Vec::new(),
            pending: Pending::None,
        }
    }
}

struct Parser<'s> {
    source: &'s str,
    lexemes: Vec<Lexeme>,
    at: usize,
    ast: Ast,
    levels: Vec<Level>,
}

impl<'s> Parser<'s> {
    fn peek(&self) -> Lexeme {
        self.lexemes[self.at]
    }

    /// The token after the next one.
    fn second(&self) -> Token {
        self.lexemes.get(self.at + 1).map_or(Token::End, |lexeme| lexeme.token)
    }

    fn take(&mut self) -> Lexeme {
        let lexeme = self.peek();
        if lexeme.token != Token::End {
            self.at += 1;
        }
        lexeme
    }

    fn text(&self, lexeme: Lexeme) -> &'s str {
        &self.source[lexeme.start..lexeme.end]
    }

    fn error(&self, offset: usize, message: &str) -> Error {
        error_at(self.source, offset, message)
    }

    fn expected(&self, what: &str) -> Error {
        let found = self.peek();
        let message = match found.token {
            Token::End => format!("expected {what}, found the end"),
            _ => format!("expected {what}, found '{}'", self.text(found)),
        };
        self.error(found.start, &message)
    }

    fn level(&mut self) -> &mut Level {
        self.levels.last_mut().expect("the top level is never closed")
    }

    fn open(&mut self, opener: Opener, offset: usize) -> Result<State> {
        if self.levels.len() > MAX_DEPTH {
            return Err(self.error(offset, &format!("nested deeper than {MAX_DEPTH}")));
        }
        self.levels.push(Level::new(opener, offset));
        Ok(State::Operand)
    }

    fn operand(&mut self) -> Result<State> {
        let lexeme = self.peek();
        match lexeme.token {
            Token::Minus => {
                if let Some((Pushed::Binary(Operator::Union), _)) = self.level().operators.last() {
                    return Err(self.expected("a path")); // a union joins paths, not their negatives
                }
                self.take();
                self.level().operators.push((Pushed::Negate, lexeme.start));
                Ok(State::Operand)
            }
            Token::LeftParen => {
                self.take();
                self.open(Opener::Group, lexeme.start)
            }
            Token::Number(number) => {
                self.take();
                Ok(self.primary(Expr::Number(number)))
            }
            Token::Literal => {
                self.take();
                let text = self.text(lexeme);
                Ok(self.primary(Expr::Literal(text[1..text.len() - 1].into())))
            }
            Token::Dollar => {
                self.take();
                match self.peek().token {
                    Token::Name | Token::Prefixed => {
                        let name = self.text(self.peek());
                        Err(self.error(lexeme.start, &format!("undefined variable '${name}'")))
                    }
                    _ => Err(self.expected("the name of a variable")),
                }
            }
            Token::Name if self.second() == Token::LeftParen && !is_node_type(self.text(lexeme)) => {
                self.call(lexeme)
            }
            Token::Prefixed if self.second() == Token::LeftParen => Err(self.unknown_prefix(lexeme)),
            Token::Slash => {
                self.take();
                self.level().pending = Pending::Path(Start::Root, Vec::new());
                Ok(if self.starts_step() { State::Step } else { State::AfterStep { predicates: false } })
            }
            Token::SlashSlash => {
                self.take();
                self.level().pending = Pending::Path(Start::Root, vec![any_descendant()]);
                Ok(State::Step)
            }
            _ if self.starts_step() => {
                self.level().pending = Pending::Path(Start::Context, Vec::new());
                Ok(State::Step)
            }
            _ => Err(self.expected("an expression")),
        }
    }

    fn primary(&mut self, expr: Expr) -> State {
        let id = self.ast.add(expr);
        self.level().pending = Pending::Primary(id, Vec::new());
        State::AfterPrimary
    }

    fn call(&mut self, name: Lexeme) -> Result<State> {
        let text = self.text(name);
        let Some(function) = Function::named(text) else {
            return Err(self.error(name.start, &format!("unknown function '{text}()'")));
        };
        self.take();
        self.take();
        if self.peek().token == Token::RightParen {
            self.take();
            let call = self.finish_call(function, Vec::new(), name.start)?;
            return Ok(self.primary(call));
        }
        self.open(Opener::Call(function), name.start)
    }

    fn finish_call(&mut self, function: Function, mut arguments: Vec<ExprId>, offset: usize) -> Result<Expr> {
        if arguments.is_empty() && function.defaults_to_context() {
            arguments.push(self.ast.add(Expr::Path(Start::Context, Vec::new())));
        }
        let (least, most) = function.arity();
        if !(least..=most).contains(&arguments.len()) {
            let takes = match (least, most) {
                (least, usize::MAX) => format!("at least {least}"),
                (least, most) if least == most => least.to_string(),
                (least, most) => format!("{least} to {most}"),
            };
            let message = format!("wrong number of arguments ({}; it takes {takes})", arguments.len());
            return Err(self.error(offset, &message));
        }
        if self.ast.wrong_argument(function, &arguments) {
            return Err(self.error(offset, "the function takes a node-set, nothing else,"));
        }
        Ok(Expr::Call(function, arguments))
    }

    fn after_primary(&mut self) -> Result<State> {
        let lexeme = self.peek();
        let Pending::Primary(base, _) = self.level().pending else { unreachable!("a primary was read") };
        let is_nodes = self.ast.kind(base) == Type::Nodes;
        match lexeme.token {
            Token::LeftBracket | Token::Slash | Token::SlashSlash if !is_nodes => {
                Err(self.error(lexeme.start, &format!("'{}' after what is no node-set", self.text(lexeme))))
            }
            Token::LeftBracket => {
                self.take();
                self.open(Opener::Predicate, lexeme.start)
            }
            Token::Slash | Token::SlashSlash => {
                self.take();
                let base = self.finish_pending();
                let steps = if lexeme.token == Token::Slash { Vec::new() } else { vec![any_descendant()] };
                self.level().pending = Pending::Path(Start::Expr(base), steps);
                Ok(State::Step)
            }
            _ => {
                let id = self.finish_pending();
                self.level().operands.push(id);
                Ok(State::Operator)
            }
        }
    }

    /// The expression that was being read, complete.
    fn finish_pending(&mut self) -> ExprId {
        match std::mem::replace(&mut self.level().pending, Pending::None) {
            Pending::Primary(base, predicates) if predicates.is_empty() => base,
            Pending::Primary(base, predicates) => self.ast.add(Expr::Filter(base, predicates)),
            Pending::Path(start, steps) => self.ast.add(Expr::Path(start, steps)),
            Pending::None => unreachable!("an operand was read"),
        }
    }

    /// The next state; `None` at the end of a whole expression.
    fn operator(&mut self) -> Result<Option<State>> {
        let lexeme = self.peek();
        let operator = match lexeme.token {
            Token::Or => Operator::Or,
            Token::And => Operator::And,
            Token::Equal => Operator::Equal,
            Token::NotEqual => Operator::NotEqual,
            Token::Less => Operator::Less,
            Token::LessOrEqual => Operator::LessOrEqual,
            Token::Greater => Operator::Greater,
            Token::GreaterOrEqual => Operator::GreaterOrEqual,
            Token::Plus => Operator::Add,
            Token::Minus => Operator::Subtract,
            Token::Multiply => Operator::Multiply,
            Token::Div => Operator::Divide,
            Token::Mod => Operator::Modulo,
            Token::Pipe => Operator::Union,
            _ => return self.close(),
        };
        self.take();
        let pushed = Pushed::Binary(operator);
        self.reduce(pushed.precedence())?;
        self.level().operators.push((pushed, lexeme.start));
        Ok(Some(State::Operand))
    }

    /// Applies the operators that bind at least as tightly as `precedence`.
    fn reduce(&mut self, precedence: u8) -> Result<()> {
        loop {
            let level = self.level();
            let Some((pushed, offset)) = level.operators.pop_if(|(top, _)| top.precedence() >= precedence)
            else {
                return Ok(());
            };
            let right = level.operands.pop().expect("an operator has its operands");
            let expr = match pushed {
                Pushed::Negate => Expr::Negate(right),
                Pushed::Binary(operator) => {
                    let left = level.operands.pop().expect("an operator has its operands");
                    let both = [left, right].iter().all(|id| self.ast.kind(*id) == Type::Nodes);
                    if operator == Operator::Union && !both {
                        return Err(self.error(offset, "'|' joins node-sets, nothing else,"));
                    }
                    Expr::Binary(operator, left, right)
                }
            };
            let id = self.ast.add(expr);
            self.level().operands.push(id);
        }
    }

    fn close(&mut self) -> Result<Option<State>> {
        let lexeme = self.peek();
        let opener = self.level().opener;
        match (opener, lexeme.token) {
            (Opener::Top, Token::End)
            | (Opener::Group, Token::RightParen)
            | (Opener::Call(_), Token::RightParen | Token::Comma)
            | (Opener::Predicate, Token::RightBracket) => self.reduce(0)?,
            (Opener::Top, _) => return Err(self.expected("an operator or the end")),
            (Opener::Group | Opener::Call(_), Token::End) => {
                return Err(self.error(self.levels[self.levels.len() - 1].offset, "'(' is never closed"));
            }
            (Opener::Predicate, Token::End) => {
                return Err(self.error(self.levels[self.levels.len() - 1].offset, "'[' is never closed"));
            }
            (Opener::Group, _) => return Err(self.expected("an operator or ')'")),
            (Opener::Call(_), _) => return Err(self.expected("an operator, ',' or ')'")),
            (Opener::Predicate, _) => return Err(self.expected("an operator or ']'")),
        }
        if opener == Opener::Top {
            return Ok(None);
        }
        self.take();
        let operand = self.level().operands.pop().expect("a complete expression");
        if lexeme.token == Token::Comma {
            self.level().arguments.push(operand);
            return Ok(Some(State::Operand));
        }
        let mut level = self.levels.pop().expect("the level of the bracket");
        match opener {
            Opener::Top => unreachable!("handled above"),
            Opener::Group => {
                self.level().pending = Pending::Primary(operand, Vec::new());
                Ok(Some(State::AfterPrimary))
            }
            Opener::Call(function) => {
                level.arguments.push(operand);
                let call = self.finish_call(function, level.arguments, level.offset)?;
                Ok(Some(self.primary(call)))
            }
            Opener::Predicate => match &mut self.level().pending {
                Pending::Primary(_, predicates) => {
                    predicates.push(operand);
                    Ok(Some(State::AfterPrimary))
                }
                Pending::Path(_, steps) => {
                    let step = steps.last_mut().expect("a predicate follows a step");
                    step.predicates.push(operand);
                    Ok(Some(State::AfterStep { predicates: true }))
                }
                Pending::None => unreachable!("a predicate follows an operand"),
            },
        }
    }
}
