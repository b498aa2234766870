//! Lists that come page by page: asks for one page after another.

use std::collections::HashSet;
use std::fmt;
use std::future::poll_fn;
use std::hash::{DefaultHasher, Hasher as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use reqwest::header::{HeaderMap, LINK};
use reqwest::{Request, Url};

use crate::codegen_support::{Client, Error, Operation, Response, prepare, send_request};

/// An operation that returns a list page by page. Its builder has the methods `pages` and `items`.
pub trait Paged: Operation {
    /// What the list consists of.
    type Item: Send + 'static;

    /// How the next page is asked for.
    #[doc(hidden)]
    const NEXT: NextPage<Self::Response>;

    /// Reads from a page whether there are more items.
    #[doc(hidden)]
    fn has_more(_page: &Self::Response) -> Option<bool> {
        None
    }

    /// Returns the items of a page.
    #[doc(hidden)]
    fn into_items(page: Self::Response) -> Vec<Self::Item>;

    /// Returns the pages, from the one that the parameters select.
    fn pages(self) -> Pages<Self> {
        Pages::new(self)
    }

    /// Returns the items of all pages, from the one that the parameters select.
    fn items(self) -> Items<Self> {
        Items::new(self)
    }
}

/// How the page after a page of type `T` is asked for.
#[derive(Clone, Copy)]
pub enum NextPage<T> {
    /// By a URL that the page has.
    Url(fn(&T) -> Option<String>),
    /// By a query parameter whose value the page has.
    Token(&'static str, fn(&T) -> Option<String>),
    /// By the URL with `rel=next` in the header `Link`.
    Link,
    /// By a query parameter with the page's number, which is this one for the first page; and how many items a page has.
    Number(&'static str, i64, fn(&T) -> usize),
    /// By a query parameter with the number of items so far; and how many items a page has.
    Offset(&'static str, fn(&T) -> usize),
}

/// The pages of a list, which are requested one after another.
///
/// [`next_page`](Self::next_page) returns one page, and it is a [`Stream`] as well. Every page is a call of its own, with the client's
/// credentials, timeout and retries.
///
/// After an error, `next_page` requests the same page again; the stream ends, so that a loop that ignores errors does not run forever.
///
/// # Errors
/// Those of the operation, and an error of the kind `ErrorKind::NextPage` if the page before it names a next page at
/// another origin, which is not requested, or one that was read before, in which case the list would have no end.
#[must_use = "pages are requested by `next_page`, or as a stream"]
pub struct Pages<O: Paged> {
    /// `None` while a page is requested.
    walk: Option<Walk>,
    turning: Option<Turning<O>>,
    /// Whether the stream has ended with an error.
    is_over: bool,
}

/// A request for a page. Dropping the future of `next_page` does not lose its response.
type Turning<O> =
    Pin<Box<dyn Future<Output = (Walk, Result<Response<<O as Operation>::Response>, Error>)> + Send>>;

/// Where in the list it is.
enum Walk {
    /// The request of the operation was invalid.
    Invalid(Option<Error>),
    At(Box<Position>),
}

/// The next request.
struct Position {
    client: Client,
    /// The request for the first page; those for others have another URL.
    request: Request,
    next: Next,
    /// Hashes of the URLs and of the last body, to notice a list without an end.
    seen: HashSet<u64>,
    last_body: Option<u64>,
}

enum Next {
    /// This page.
    Page(Url),
    /// There are no more pages.
    Nothing,
    /// The next page is not requested, for a reason.
    Refused(&'static str),
}

impl<O: Paged> Pages<O> {
    pub(crate) fn new(operation: O) -> Self {
        let walk = match prepare(operation.into_request(), O::NAME) {
            Ok((client, request)) => {
                let next = Next::Page(request.url().clone());
                let position = Position { client, request, next, seen: HashSet::new(), last_body: None };
                Walk::At(Box::new(position))
            }
            Err(error) => Walk::Invalid(Some(error)),
        };
        Self { walk: Some(walk), turning: None, is_over: false }
    }

    /// Continues a list at the URL that [`next_url`](Self::next_url) returned before, such as in an earlier run of a program.
    ///
    /// The URL must be at the origin of the client's base URL: credentials are sent to no other.
    ///
    /// # Errors
    /// Returns an error if the URL is invalid or at another origin, or a request is in progress.
    pub fn starting_at(mut self, url: &str) -> Result<Self, Error> {
        match &mut self.walk {
            Some(Walk::At(position)) => match position.resolved(url) {
                Next::Refused(reason) => return Err(Error::next_page(reason).of(O::NAME)),
                next => position.next = next,
            },
            Some(Walk::Invalid(_)) => {}
            None => return Err(Error::next_page("a request is in progress").of(O::NAME)),
        }
        Ok(self)
    }

    /// Returns the URL of the page that is requested next: a position to continue at with [`starting_at`](Self::starting_at). `None` after
    /// the last page, and while a request is in progress.
    ///
    /// It has the parameters of the operation, and may have a token that lets read the list.
    pub fn next_url(&self) -> Option<&str> {
        match &self.walk {
            Some(Walk::At(position)) => match &position.next {
                Next::Page(url) => Some(url.as_str()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Requests the next page; `None` after the last one. After an error, the next call requests the same page again.
    ///
    /// It is cancel safe: if the future is dropped, the next call continues to wait for the same response.
    ///
    /// # Errors
    /// See [`Pages`].
    pub async fn next_page(&mut self) -> Result<Option<Response<O::Response>>, Error> {
        self.is_over = false;
        poll_fn(|context| self.poll_page(context)).await.transpose()
    }

    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Response<O::Response>, Error>>> {
        if let Some(walk) = self.walk.take() {
            match walk.turn::<O>() {
                Ok(turning) => self.turning = Some(turning),
                Err((walk, outcome)) => {
                    self.walk = Some(walk);
                    return Poll::Ready(outcome.map(Err));
                }
            }
        }
        let Some(turning) = &mut self.turning else { return Poll::Ready(None) };
        let (walk, outcome) = ready!(turning.as_mut().poll(context));
        self.turning = None;
        self.walk = Some(walk);
        Poll::Ready(Some(outcome))
    }
}

impl Walk {
    /// Begins the request for the next page. Where it cannot, returns the error, or none after the last page.
    fn turn<O: Paged>(self) -> Result<Turning<O>, (Self, Option<Error>)> {
        let mut position = match self {
            Self::Invalid(error) => return Err((Self::Invalid(None), error)),
            Self::At(position) => position,
        };
        let url = match &position.next {
            Next::Page(url) => url.clone(),
            Next::Nothing => return Err((Self::At(position), None)),
            Next::Refused(reason) => {
                let error = Error::next_page(reason).of(O::NAME);
                return Err((Self::At(position), Some(error)));
            }
        };
        // A body that is sent as it is read cannot be sent for each page; requests for lists have none.
        let Some(mut request) = position.request.try_clone() else {
            let error = Error::next_page("the body of the request can be sent only once").of(O::NAME);
            return Err((Self::At(position), Some(error)));
        };
        *request.url_mut() = url;
        Ok(Box::pin(async move {
            let outcome = send_request::<O>(&position.client, request).await;
            if let Ok(response) = &outcome {
                position.advance::<O>(response);
            }
            (Self::At(position), outcome)
        }))
    }
}

impl Position {
    /// Finds the page after one that was read.
    fn advance<O: Paged>(&mut self, response: &Response<O::Response>) {
        let Next::Page(url) = &self.next else { return };
        self.seen.insert(hash(url.as_str()));
        let page: &O::Response = response;
        let body = hash(response.raw_body());
        // A server that ignores a number would send the same page forever.
        let is_repeated = self.last_body.replace(body) == Some(body);
        let numbered = |parameter: &str, number: i64| match is_repeated {
            true => Next::Refused(SEEN),
            false => Next::Page(with_pair(url, parameter, &number.to_string())),
        };
        let next = match O::NEXT {
            _ if O::has_more(page) == Some(false) => None,
            NextPage::Url(of) => of(page).filter(|url| !url.is_empty()).map(|url| self.resolved(&url)),
            NextPage::Token(parameter, of) => of(page)
                .filter(|token| !token.is_empty())
                .map(|token| Next::Page(with_pair(url, parameter, &token))),
            NextPage::Link => next_link(response.headers()).map(|url| self.resolved(&url)),
            NextPage::Number(parameter, first, count) => (count(page) > 0)
                .then(|| numbered(parameter, number_of(url, parameter).unwrap_or(first).saturating_add(1))),
            NextPage::Offset(parameter, count) => (count(page) > 0).then(|| {
                let items = i64::try_from(count(page)).unwrap_or(i64::MAX);
                numbered(parameter, number_of(url, parameter).unwrap_or(0).saturating_add(items))
            }),
        };
        self.next = match next {
            Some(Next::Page(url)) if self.seen.contains(&hash(url.as_str())) => Next::Refused(SEEN),
            Some(next) => next,
            None => Next::Nothing,
        };
    }

    /// The page at a URL, which may be relative to the last one. It is at the origin of the first: credentials go to no other.
    fn resolved(&self, url: &str) -> Next {
        let base = match &self.next {
            Next::Page(url) => url,
            _ => self.request.url(),
        };
        let Ok(mut url) = base.join(url) else { return Next::Refused("its URL is invalid") };
        if url.origin() != self.request.url().origin()
            || !url.username().is_empty()
            || url.password().is_some()
        {
            return Next::Refused(
                "it is at another origin than the base URL, and credentials are not sent there",
            );
        }
        url.set_fragment(None);
        Next::Page(url)
    }
}

const SEEN: &str = "it was read before, so that the list has no end";

fn hash(of: impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// A URL with another value of a query parameter. The other parameters stay as they are written.
fn with_pair(url: &Url, name: &str, value: &str) -> Url {
    let pieces = url.query().unwrap_or_default().split('&').filter(|piece| !piece.is_empty());
    let kept: Vec<&str> =
        pieces.zip(url.query_pairs()).filter(|(_, (own, _))| own != name).map(|(piece, _)| piece).collect();
    let kept = kept.join("&");
    let mut url = url.clone();
    url.set_query(Some(&kept).filter(|kept| !kept.is_empty()).map(String::as_str));
    url.query_pairs_mut().append_pair(name, value);
    url
}

fn number_of(url: &Url, name: &str) -> Option<i64> {
    url.query_pairs().find(|(own, _)| own == name)?.1.parse().ok()
}

/// The target of the first link with the relation `next`: `<https://…>; rel="next"` (RFC 8288 §3).
fn next_link(headers: &HeaderMap) -> Option<String> {
    headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok()).find_map(|value| {
        // A target can contain commas and semicolons, and so can a quoted value, which may also look like a link.
        let mut rest = value;
        while let Some((target, after)) = rest.split_once('<').and_then(|(_, link)| link.split_once('>')) {
            let end = outside_quotes(after, ',').next().unwrap_or(after.len());
            let (parameters, others) = after.split_at(end);
            let mut start = 0;
            let ends = outside_quotes(parameters, ';').chain([parameters.len()]);
            let mut pieces = ends.map(|end| &parameters[std::mem::replace(&mut start, end + 1)..end]);
            if pieces.any(is_rel_next) {
                return Some(target.to_owned());
            }
            rest = others;
        }
        None
    })
}

/// Whether a parameter of a link is `rel="next"`, among other relations or alone.
fn is_rel_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
    name.trim().eq_ignore_ascii_case("rel") && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
}

/// Where a separator is that is not in a quoted string, in which `\` escapes the next character (RFC 9110 §5.6.4).
fn outside_quotes(text: &str, separator: char) -> impl Iterator<Item = usize> + '_ {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.char_indices().filter_map(move |(index, c)| {
        let was_escaped = is_escaped;
        is_escaped = is_quoted && !was_escaped && c == '\\';
        if c == '"' && !was_escaped {
            is_quoted = !is_quoted;
        }
        (c == separator && !is_quoted).then_some(index)
    })
}

impl<O: Paged> Stream for Pages<O> {
    type Item = Result<Response<O::Response>, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let pages = self.get_mut();
        if pages.is_over {
            return Poll::Ready(None);
        }
        let outcome = ready!(pages.poll_page(context));
        pages.is_over = matches!(outcome, Some(Err(_)));
        Poll::Ready(outcome)
    }
}

// Nothing is pinned in them: a request is in a box.
impl<O: Paged> Unpin for Pages<O> {}

impl<O: Paged> fmt::Debug for Pages<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("operation", &O::NAME).finish_non_exhaustive()
    }
}

/// The items of a list, whose pages are requested when their items are needed.
///
/// [`next_item`](Self::next_item) returns one item, and it is a [`Stream`] as well. See [`Pages`] for errors: no item is lost by one.
#[must_use = "items are requested by `next_item`, or as a stream"]
pub struct Items<O: Paged> {
    pages: Pages<O>,
    items: std::vec::IntoIter<O::Item>,
}

impl<O: Paged> Items<O> {
    pub(crate) fn new(operation: O) -> Self {
        Self { pages: Pages::new(operation), items: Vec::new().into_iter() }
    }

    /// Returns the next item; `None` after the last one. After an error, the next call requests the same page again.
    ///
    /// # Errors
    /// See [`Pages`].
    pub async fn next_item(&mut self) -> Result<Option<O::Item>, Error> {
        self.pages.is_over = false;
        poll_fn(|context| self.poll_item(context)).await.transpose()
    }

    /// Returns the items of the current page that were not returned yet, and the pages after it.
    pub fn into_pages(self) -> (Vec<O::Item>, Pages<O>) {
        (self.items.collect(), self.pages)
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<O::Item, Error>>> {
        loop {
            if let Some(item) = self.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(self.pages.poll_page(context)) {
                Some(Ok(page)) => self.items = O::into_items(page.into_inner()).into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<O: Paged> Stream for Items<O> {
    type Item = Result<O::Item, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let items = self.get_mut();
        if items.pages.is_over {
            return Poll::Ready(None);
        }
        let outcome = ready!(items.poll_item(context));
        items.pages.is_over = matches!(outcome, Some(Err(_)));
        Poll::Ready(outcome)
    }
}

impl<O: Paged> Unpin for Items<O> {}

impl<O: Paged> fmt::Debug for Items<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("operation", &O::NAME).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
