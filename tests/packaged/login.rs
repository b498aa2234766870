//! A program that depends on the packaged crate: the `login` of its README, with the code read from standard input.
//! The space and the credentials are in the environment.

include!("readme.rs");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let read_code = async || {
        println!("code?");
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).expect("standard input is open");
        line.trim().to_owned()
    };
    println!("{}", login(&Client::from_env()?, "+14043287382", read_code).await?);
    Ok(())
}
